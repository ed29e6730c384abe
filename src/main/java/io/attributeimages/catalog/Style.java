package io.attributeimages.catalog;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * A style in which every value is shown.
 *
 * @param name at most 20 characters
 * @param title what people read, at most 100 characters
 * @param description what people read below the title
 * @param prompt the template of its images' prompts, with {@code {value}} where a value's
 *     description goes
 * @param coverPrompt the prompt of its cover
 * @param negativePrompt what its images must not show, where it differs from the setting
 * @param model Novita's model name, where it differs from the setting
 * @param sampler Novita's sampler name, where it differs from the setting
 * @param steps 1 to 100, where it differs from the setting
 * @param guidanceScale 1 to 30, where it differs from the setting
 */
public record Style(
    String name,
    String title,
    String description,
    String prompt,
    String coverPrompt,
    Optional<String> negativePrompt,
    Optional<String> model,
    Optional<String> sampler,
    Optional<Integer> steps,
    Optional<BigDecimal> guidanceScale) {}
