package io.attributeimages.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the reason of a dead letter. */
final class Reason implements ITypeConverter<String> {

  @Override
  public String convert(String text) {
    if (text.matches("[A-Z][A-Z0-9_]{0,99}")) {
      return text;
    }
    throw new TypeConversionException("the reason of a dead letter, such as TASK_STATUS_FAILED");
  }
}
