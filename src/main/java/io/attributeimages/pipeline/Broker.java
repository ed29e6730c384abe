package io.attributeimages.pipeline;

import io.quarkus.arc.Unremovable;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import jakarta.jms.Connection;
import jakarta.jms.ExceptionListener;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.util.List;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.component.amqp.AMQPComponent;
import org.apache.camel.component.jms.JmsConsumer;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.jms.policy.JmsDefaultDeserializationPolicy;
import org.apache.qpid.jms.policy.JmsDefaultPrefetchPolicy;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.springframework.jms.connection.CachingConnectionFactory;
import org.springframework.jms.listener.DefaultMessageListenerContainer;

/**
 * The connections to the message broker: one that sends, kept open, and one for each queue that is
 * taken from, opened anew whenever it breaks. None is made before a route asks for it.
 */
@ApplicationScoped
@Unremovable
@Named("broker")
public class Broker implements ExceptionListener {

  private static final List<String> TAKING = List.of("take-planned", "take-due");
  private static final long TIMEOUT_MILLIS = 10_000;

  private final JmsConnectionFactory connections;
  private final CachingConnectionFactory sending;
  private volatile JMSException lastFailure;

  /** Connects to where a broker is, with the account there. */
  public Broker(
      @ConfigProperty(name = "broker.url") Optional<String> url,
      @ConfigProperty(name = "broker.username") Optional<String> username,
      @ConfigProperty(name = "broker.password") Optional<String> password) {
    connections = new JmsConnectionFactory();
    connections.setConnectTimeout(TIMEOUT_MILLIS);
    connections.setRequestTimeout(TIMEOUT_MILLIS);
    connections.setSendTimeout(TIMEOUT_MILLIS);
    // what an instance does not work on yet stays with the broker, for whoever has room
    JmsDefaultPrefetchPolicy none = new JmsDefaultPrefetchPolicy();
    none.setAll(0);
    connections.setPrefetchPolicy(none);
    JmsDefaultDeserializationPolicy nothing = new JmsDefaultDeserializationPolicy();
    nothing.setAllowList("");
    nothing.setDenyList("*");
    connections.setDeserializationPolicy(nothing);
    url.ifPresent(connections::setRemoteURI);
    username.ifPresent(connections::setUsername);
    password.ifPresent(connections::setPassword);
    sending = new CachingConnectionFactory(connections);
  }

  /** Camel's component for endpoints {@code amqp:queue:NAME}. */
  @Produces
  @Singleton
  @Unremovable
  @Named("amqp")
  AMQPComponent component() {
    AMQPComponent component = new AMQPComponent(connections);
    component.getConfiguration().setTemplateConnectionFactory(sending);
    return component;
  }

  /**
   * Makes sure that messages can be sent, and taken.
   *
   * @throws JMSException if the broker cannot be reached, or does not let us
   */
  public void check(Exchange exchange) throws JMSException {
    try (Connection connection = sending.createConnection();
        Session session = connection.createSession()) {
      session.getAcknowledgeMode();
    }
    JMSException failure = lastFailure;
    if (failure != null) {
      if (!isTaking(exchange.getContext())) {
        throw failure;
      }
      lastFailure = null;
    }
  }

  private static boolean isTaking(CamelContext camel) {
    return TAKING.stream().map(camel::getRoute).allMatch(Broker::isTaking);
  }

  private static boolean isTaking(Route route) {
    try {
      return route != null
          && route.getConsumer() instanceof JmsConsumer consumer
          && ((DefaultMessageListenerContainer) consumer.getListenerContainer())
              .isRegisteredWithDestination();
    } catch (Exception e) {
      return false;
    }
  }

  /** A connection that takes messages has failed, or could not be made; it is tried again. */
  @Override
  public void onException(JMSException failure) {
    lastFailure = failure;
  }

  @PreDestroy
  void close() {
    sending.destroy();
  }
}
