package io.attributeimages.cli;

import java.util.UUID;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the id of a run. */
final class RunId implements ITypeConverter<UUID> {

  @Override
  public UUID convert(String text) {
    if (text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
      return UUID.fromString(text);
    }
    throw new TypeConversionException("the id of a run");
  }
}
