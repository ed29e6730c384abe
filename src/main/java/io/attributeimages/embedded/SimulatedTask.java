package io.attributeimages.embedded;

/**
 * An accepted task, as it is kept on disk. The label is fixed when the task is accepted, so that
 * the picture stays the same when the catalogue changes.
 *
 * @param submittedAtMillis since the epoch
 * @param images how many pictures were asked for
 * @param imageType {@code jpeg} or {@code png}: what the pictures are answered as
 * @param label null when the prompt belongs to no card
 * @param webhookUrl null when none was asked for
 */
record SimulatedTask(
    String taskId,
    long submittedAtMillis,
    String prompt,
    int width,
    int height,
    int images,
    long seed,
    String imageType,
    CardLabel label,
    String webhookUrl) {}
