package io.attributeimages.pipeline;

import java.util.UUID;

/**
 * What a webhook says: a hint, until Novita was asked.
 *
 * @param task the row of the ledger in the webhook's URL
 * @param novitaTaskId the task at Novita that is said to be finished
 */
public record WebhookEvent(UUID task, String novitaTaskId) {}
