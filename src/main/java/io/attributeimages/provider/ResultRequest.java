package io.attributeimages.provider;

/**
 * The question for the result of a task.
 *
 * @param host where the task is
 * @param task its id there
 */
public record ResultRequest(Host host, String task) {}
