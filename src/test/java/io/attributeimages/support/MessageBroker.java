package io.attributeimages.support;

import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.activemq.artemis.api.core.ActiveMQException;
import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.CoreAddressConfiguration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.postoffice.RoutingStatus;
import org.apache.activemq.artemis.core.security.CheckType;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.ActiveMQServers;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.Queue;
import org.apache.activemq.artemis.core.server.ServerSession;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerMessagePlugin;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.core.transaction.Transaction;
import org.apache.activemq.artemis.spi.core.security.ActiveMQSecurityManager;
import org.apache.qpid.jms.JmsConnectionFactory;

/**
 * A real message broker with an account, that speaks AMQP 1.0 only and keeps its messages on disk.
 * It can be stopped and started again at the same address, lose what waits in its queues, and bring
 * every message twice.
 */
public final class MessageBroker implements AutoCloseable {

  /** It would tell of every message. */
  private static final Logger AUDIT = Logger.getLogger("org.apache.activemq.audit");

  private static final String USER = "images";
  private static final String PASSWORD = "a-password-of-the-broker";

  private final Path directory;
  private final String name;
  private final int port = Ports.free();
  private final List<String> queues;
  private ActiveMQServer server;
  private volatile boolean twice;
  private volatile boolean onlyHints = true;

  private MessageBroker(Path directory, String name) {
    this.directory = directory;
    this.name = name;
    this.queues = List.of(name + "-submit", name + "-collect");
  }

  /** Starts it with the queues of that name, its files in an empty directory. */
  public static MessageBroker start(Path directory, String name) {
    AUDIT.setLevel(Level.OFF);
    MessageBroker broker = new MessageBroker(directory, name);
    broker.start();
    return broker;
  }

  /** The settings of a program that uses it, as environment variables; a copy to change. */
  public Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("PIPELINE_QUEUE", "amqp:queue:" + name);
    settings.put("BROKER_URL", url());
    settings.put("BROKER_USERNAME", USER);
    settings.put("BROKER_PASSWORD", PASSWORD);
    return settings;
  }

  /** Where it answers. */
  public String url() {
    return "amqp://127.0.0.1:" + port;
  }

  /** What must appear in no log. */
  public static String password() {
    return PASSWORD;
  }

  /** Starts it at its address, with what it has on disk. */
  public void start() {
    try {
      server = ActiveMQServers.newActiveMQServer(configuration(), null, new OneAccount());
      server.registerBrokerPlugin(new Doubling());
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("the broker does not start", e);
    }
  }

  private Configuration configuration() throws Exception {
    Configuration configuration = new ConfigurationImpl();
    for (String queue : queues) {
      configuration.addAddressConfiguration(
          new CoreAddressConfiguration()
              .setName(queue)
              .addRoutingType(RoutingType.ANYCAST)
              .addQueueConfig(QueueConfiguration.of(queue).setRoutingType(RoutingType.ANYCAST)));
    }
    AddressSettings addresses = new AddressSettings();
    addresses.setAutoCreateQueues(false).setAutoCreateAddresses(false);
    return configuration
        .setJournalType(JournalType.NIO)
        .setJournalDirectory(directory.resolve("journal").toString())
        .setBindingsDirectory(directory.resolve("bindings").toString())
        .setLargeMessagesDirectory(directory.resolve("large-messages").toString())
        .setPagingDirectory(directory.resolve("paging").toString())
        .setJournalMinFiles(2)
        .setJournalFileSize(1024 * 1024)
        .setJMXManagementEnabled(false)
        .setMessageCounterEnabled(false)
        .addAddressSetting("#", addresses)
        .addAcceptorConfiguration(
            "amqp", "tcp://127.0.0.1:" + port + "?protocols=AMQP&useEpoll=false");
  }

  /** Stops it: connections break, and it cannot be reached. */
  public void stop() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the broker does not stop", e);
    }
  }

  /** Whether it has not been stopped. */
  public boolean isRunning() {
    return server.isStarted();
  }

  /** Loses what waits in its queues, and says how many messages that were. */
  public int lose() {
    int lost = 0;
    for (String queue : queues) {
      try {
        lost += queue(queue).deleteAllReferences();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    return lost;
  }

  /** Makes a message as a client does. */
  @FunctionalInterface
  public interface MessageMaker {

    /** The message. */
    jakarta.jms.Message make(Session session) throws JMSException;
  }

  /** Sends messages to a queue, as anybody with the account can. */
  public void send(String queue, MessageMaker... messages) throws JMSException {
    try (Connection connection =
            new JmsConnectionFactory(USER, PASSWORD, url()).createConnection();
        Session session = connection.createSession();
        MessageProducer producer = session.createProducer(session.createQueue(queue))) {
      producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
      producer.setTimeToLive(60_000);
      for (MessageMaker message : messages) {
        producer.send(message.make(session));
      }
    }
  }

  /** How many messages wait in its queues. */
  public long waiting() {
    return queues.stream().mapToLong(queue -> queue(queue).getMessageCount()).sum();
  }

  /** How many take messages from each of its queues, at least. */
  public int consumers() {
    return queues.stream().mapToInt(queue -> queue(queue).getConsumerCount()).min().orElseThrow();
  }

  /** How many messages it has had in all, since it was started. */
  public long received() {
    return queues.stream().mapToLong(queue -> queue(queue).getMessagesAdded()).sum();
  }

  /** Whether all that it was ever sent goes by itself, and is not worth a write to its disk. */
  public boolean onlyHints() {
    return onlyHints;
  }

  /** Whether it takes every message that it gets from now on for two. */
  public void doubleAll(boolean twice) {
    this.twice = twice;
  }

  private Queue queue(String queue) {
    return server.locateQueue(SimpleString.of(queue));
  }

  @Override
  public void close() {
    if (server.isStarted()) {
      stop();
    }
  }

  private final class Doubling implements ActiveMQServerMessagePlugin {

    @Override
    public void afterSend(
        ServerSession session,
        Transaction transaction,
        Message message,
        boolean direct,
        boolean noAutoCreateQueue,
        RoutingStatus result)
        throws ActiveMQException {
      onlyHints &= !message.isDurable() && message.getExpiration() > 0;
      if (twice) {
        try {
          Message copy = message.copy(server.getStorageManager().generateID());
          server.getPostOffice().route(copy, false);
        } catch (Exception e) {
          throw new IllegalStateException("the message is not doubled", e);
        }
      }
    }
  }

  /** Lets in the one account, which may do everything. */
  private static final class OneAccount implements ActiveMQSecurityManager {

    @Override
    public boolean validateUser(String user, String password) {
      return USER.equals(user) && PASSWORD.equals(password);
    }

    @Override
    public boolean validateUserAndRole(
        String user, String password, Set<Role> roles, CheckType checkType) {
      return validateUser(user, password);
    }
  }
}
