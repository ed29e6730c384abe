package io.attributeimages.access;

import io.smallrye.health.api.HealthContentFilter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.json.Json;
import jakarta.json.JsonObject;

/**
 * Where reading takes an operator, the health is only good or bad: whoever watches it needs no
 * more.
 */
@ApplicationScoped
public class HealthDetail implements HealthContentFilter {

  private final AccessSettings settings;

  /** Decides by those settings. */
  public HealthDetail(AccessSettings settings) {
    this.settings = settings;
  }

  @Override
  public JsonObject filter(JsonObject health) {
    return settings.publicReads()
        ? health
        : Json.createObjectBuilder().add("status", health.get("status")).build();
  }
}
