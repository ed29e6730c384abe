package io.attributeimages.embedded;

import java.util.Optional;
import java.util.stream.Stream;

/** The models that are simulated, by the names of their entries in models.yaml. */
public enum SimulatedModel {
  TXT2IMG("txt2img", SimulatedHost.NOVITA, "/v3/async/txt2img"),
  QWEN_IMAGE("qwen-image", SimulatedHost.NOVITA, "/v3/async/qwen-image-txt2img"),
  FLUX_1_SCHNELL("flux-1-schnell", SimulatedHost.NOVITA, "/v3beta/flux-1-schnell"),
  SEEDREAM_4_0("seedream-4.0", SimulatedHost.NOVITA, "/v3/seedream-4.0"),
  SEEDREAM_4_5("seedream-4.5", SimulatedHost.NOVITA, "/v3/seedream-4.5"),
  SEEDREAM_5_0_LITE("seedream-5.0-lite", SimulatedHost.NOVITA, "/v3/seedream-5.0-lite"),
  OPENAI_IMAGES("openai-images", SimulatedHost.OPENAI, "/v1/images/generations"),
  STABLE_DIFFUSION_WEBUI("stable-diffusion-webui", SimulatedHost.WEBUI, "/sdapi/v1/txt2img");

  private final String entry;
  private final SimulatedHost host;
  private final String path;

  SimulatedModel(String entry, SimulatedHost host, String path) {
    this.entry = entry;
    this.host = host;
    this.path = path;
  }

  static Optional<SimulatedModel> at(String path) {
    return Stream.of(values()).filter(model -> model.path.equals(path)).findFirst();
  }

  /** The entry's name. */
  public String entry() {
    return entry;
  }

  SimulatedHost host() {
    return host;
  }

  /** Where it is called. */
  public String path() {
    return path;
  }

  /** Whether a submit answers a task id, and not the pictures. */
  boolean answersTask() {
    return this == TXT2IMG || this == QWEN_IMAGE;
  }
}
