package io.attributeimages.storage;

/**
 * A picture as the app needs it.
 *
 * @param jpeg what is published
 * @param original the format of the bytes it was made of, where they are kept beside it; null where
 *     they are not, or are the very same
 */
public record FittedPicture(byte[] jpeg, PictureFormat original) {}
