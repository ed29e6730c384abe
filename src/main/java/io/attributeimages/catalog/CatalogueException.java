package io.attributeimages.catalog;

/**
 * A catalogue that cannot be used; the message says where and what is wrong, one problem a line.
 */
public final class CatalogueException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** An exception with that message. */
  public CatalogueException(String message) {
    super(message);
  }
}
