package io.attributeimages.pipeline;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** Where the message broker is, for an installation that has one. */
@ConfigMapping(prefix = "broker")
public interface BrokerSettings {

  /** Its address, {@code amqp://host:port}, or {@code amqps://host:port} for TLS. */
  Optional<String> url();

  /** The account there. */
  Optional<String> username();

  /** The account's password. Never logged. */
  Optional<String> password();
}
