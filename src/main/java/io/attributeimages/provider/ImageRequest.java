package io.attributeimages.provider;

import io.attributeimages.catalog.Recipe;

/**
 * What is asked of a model.
 *
 * @param recipe the fields of the ledger
 * @param free whether nothing is paid for it, so that a lost answer is no loss
 * @param webhook the URL to call when it is finished; null for none
 * @param notAfter the {@link Deadline} of sending it, as text
 */
public record ImageRequest(
    Model model, Recipe recipe, boolean free, String webhook, String notAfter) {}
