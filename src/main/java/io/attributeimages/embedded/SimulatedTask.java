package io.attributeimages.embedded;

/**
 * An accepted submit: what it gives, and when.
 *
 * @param acceptedAtMillis since the epoch
 * @param delayMillis from acceptance to the picture
 * @param seed of the first picture
 * @param failure why it will fail, or null
 * @param confidence 0 to 100: how likely the picture is not safe for work, where that is labelled
 */
public record SimulatedTask(
    String id,
    SimulatedModel model,
    long acceptedAtMillis,
    long delayMillis,
    long seed,
    SubmitRequest request,
    String failure,
    double confidence) {

  long doneAtMillis() {
    return acceptedAtMillis + delayMillis;
  }
}
