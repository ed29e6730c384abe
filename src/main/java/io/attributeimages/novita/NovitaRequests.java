package io.attributeimages.novita;

import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.util.UUID;

/** Writes the requests to Novita. */
@ApplicationScoped
public class NovitaRequests {

  private final NovitaSettings settings;

  /** Requests as the settings say. */
  public NovitaRequests(NovitaSettings settings) {
    this.settings = settings;
  }

  /** What an image looks like, apart from where it belongs. */
  public record Picture(
      String model,
      String prompt,
      String negativePrompt,
      int width,
      int height,
      int steps,
      String sampler,
      BigDecimal guidanceScale,
      long seed) {}

  /**
   * The request for one picture.
   *
   * @param task the row in the ledger, which a webhook names
   * @param webhookToken what the webhook must know, in its URL
   */
  public Txt2ImgRequest submit(UUID task, String webhookToken, Picture picture) {
    Txt2ImgRequest.Webhook webhook =
        settings
            .webhookUrl()
            .map(
                base ->
                    base.replaceAll("/+$", "") + "/webhooks/novita/" + task + "/" + webhookToken)
            .map(Txt2ImgRequest.Webhook::new)
            .orElse(null);
    return new Txt2ImgRequest(
        new Txt2ImgRequest.Extra("jpeg", webhook),
        new Txt2ImgRequest.Request(
            picture.model(),
            picture.prompt(),
            picture.negativePrompt(),
            picture.width(),
            picture.height(),
            1,
            picture.steps(),
            picture.seed(),
            picture.sampler(),
            picture.guidanceScale()));
  }

  /** The header {@code Authorization} of every call. */
  public String authorization() {
    return "Bearer " + settings.apiKey().orElse("");
  }
}
