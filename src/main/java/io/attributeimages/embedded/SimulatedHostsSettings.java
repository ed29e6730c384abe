package io.attributeimages.embedded;

import java.time.Duration;
import java.util.Set;

/**
 * How the simulated hosts behave.
 *
 * @param imagesPerMinute limit of each model over a sliding minute; 0: none
 * @param submitDelay from accepting a submit to the answer, where that is a task id
 * @param imageDelay from accepting a submit to its picture
 * @param imageUrlTtl life of a signed picture URL, in whole seconds
 * @param gone entries whose route is no more, and checkpoints that are not available
 * @param otherForm entries that answer in their other documented form: a task id in an envelope and
 *     webhooks without one (txt2img), pictures as base64 (Seedream), as addresses (OpenAI's API),
 *     as data URLs (WebUI)
 * @param novitaKey null: every key is good
 * @param openAiKey null: none is good
 * @param webUiLogin {@code user:password}, or null where none is asked for
 */
public record SimulatedHostsSettings(
    int imagesPerMinute,
    Duration submitDelay,
    Duration imageDelay,
    Duration imageUrlTtl,
    Set<String> gone,
    Set<String> otherForm,
    String novitaKey,
    String openAiKey,
    String webUiLogin) {}
