package io.attributeimages.catalog;

import java.util.List;

/**
 * Something people choose of a character, such as the age.
 *
 * @param name at most 50 characters
 * @param values what there is to choose from, in the order people see it
 */
public record Category(String name, List<Value> values) {

  /**
   * One choice.
   *
   * @param name at most 100 characters
   * @param description how a prompt says it
   */
  public record Value(String name, String description) {}
}
