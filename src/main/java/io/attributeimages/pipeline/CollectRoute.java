package io.attributeimages.pipeline;

import io.attributeimages.provider.ProviderFailure;
import java.time.Duration;
import java.util.Optional;
import io.attributeimages.provider.Model;
import java.math.BigDecimal;
import io.attributeimages.provider.Provider;
import io.attributeimages.provider.ResultRequest;
import io.attributeimages.ledger.Task;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.provider.OtherTaskException;
import io.attributeimages.provider.TaskResult;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.JsonLibrary;

/** Asks for the paid tasks that are due. No thread waits for a picture: a task that is not ready gets a new due time. */
@ApplicationScoped
public class CollectRoute extends RouteBuilder {

  private final Claims collecting;
  private final Provider provider;
  private final NovitaSettings novita;
  private final PipelineSettings settings;

  /** Collects from those providers. */
  public CollectRoute(
      @Named("collecting") Claims collecting,
      Provider provider,
      NovitaSettings novita,
      PipelineSettings settings) {
    this.collecting = collecting;
    this.settings = settings;
    this.provider = provider;
    this.novita = novita;
  }

  @Override
  public void configure() {
    from("scheduler:collect-claim?initialDelay=0&delay={{pipeline.claim-interval}}&scheduledExecutorService=#timers")
        .routeId("collect-claim")
        .precondition("'{{pipeline.queue}}' == 'ledger'")
        .routeConfigurationId("ledger-errors")
        .loopDoWhile(collecting::goesOn)
            .setHeader("batch", collecting::claim)
            .setHeader("overdueSeconds", constant(0))
            .to("sql:classpath:sql/collect/claim-due.sql")
            .split(body())
                .setBody(TaskExchange::claimedTask)
                .process(exchange -> collecting.add(exchange.getMessage().getBody(Task.class))).id("hold-due-task")
                .to("seda:collect?waitForTaskToComplete=Never")
            .end()
        .end();

    // In: a claimed Task that is paid. Out: stored, or due again, or a dead letter. Errors: collect-errors.
    from("seda:collect?concurrentConsumers={{pipeline.collect-concurrency}}")
        .routeId("collect")
        .routeConfigurationId("collect-errors")
        .process(exchange -> TaskExchange.begin(exchange, collecting)).id("begin-collecting")
        .filter(exchange -> exchange.getContext().isStopping())
            .to("sql:classpath:sql/collect/release-claim.sql?noop=true")
            .stop()
        .end()
        .to("direct:find-picture")
        .setProperty("confidence", simple("${body.confidence}"))
        .choice()
            .when(CollectRoute::hasNoPicture)
                .process(exchange -> TaskExchange.fail(exchange, Failure.ofLostTask("NO_PICTURE", null,
                    "The answer is a success without a picture, as where a moderation took it away"))).id("note-no-picture")
                .to("direct:not-made")
            .when(this::isFlagged)
                .process(exchange -> TaskExchange.fail(exchange, Failure.ofLostTask("FLAGGED", null,
                    "The picture is labelled as showing nudity"))).id("note-flag")
                .to("direct:not-made")
            .when(body().method("succeeded"))
                .to("direct:store")
                .process(exchange -> collecting.gotOn()).id("got-on")
                .filter(exchange -> collecting.holdsOnly(TaskExchange.task(exchange)))
                    .to("direct:complete-runs")
                .endChoice()
            .when(body().method("failed"))
                .process(exchange -> TaskExchange.fail(exchange, Failure.ofLostTask("TASK_STATUS_FAILED", null,
                    "The image could not be made: " + exchange.getMessage().getBody(TaskResult.class).failure()))).id("note-failure")
                .to("direct:not-made")
            .when(this::overdue)
                .process(exchange -> TaskExchange.fail(exchange, Failure.of("TASK_TIMEOUT",
                    "The task is not finished within " + novita.taskTimeout().toSeconds() + " s; a replay asks again"))).id("note-timeout")
                .to("direct:dead-letter")
            .otherwise()
                .to("sql:classpath:sql/collect/poll-later.sql?noop=true")
        .end();

    // In: property task. Out: its TaskResult, from whoever makes it, or from the ledger where the answer was the picture.
    from("direct:find-picture")
        .routeId("find-picture")
        .errorHandler(noErrorHandler())
        .process(exchange -> exchange.getMessage().setBody(known(exchange))).id("look-up")
        .filter(body().isInstanceOf(ResultRequest.class))
            .to("direct:provider-result")
        .end();

    // What was paid brought no picture: a new attempt, with another seed and paid anew, as long as attempts and budget allow.
    // In: properties task and failure.
    from("direct:not-made")
        .routeId("not-made")
        .routeConfigurationId("collect-errors")
        .log("${exchangeProperty.task.image}: ${exchangeProperty.failure.message}")
        .process(exchange -> exchange.setProperty("maxSeed", maxSeed(exchange))).id("note-largest-seed")
        .to("sql:classpath:sql/collect/resubmit-failed.sql?noop=true")
        .choice()
            .when(header("CamelSqlUpdateCount").isEqualTo(0))
                .to("direct:dead-letter")
            .otherwise()
                .setProperty(BrakeRoute.BRAKE, constant(BrakeRoute.PICTURE))
                .to("direct:brake")
        .end();

    // A paid image that could not be fetched or stored this time. In: properties task and failure.
    from("direct:collect-later")
        .routeId("collect-later")
        .routeConfigurationId("outcome-errors")
        .choice()
            .when(simple("${exchangeProperty.failure.keptFrom} == 'STORE'"))
                .log(LoggingLevel.WARN, "${exchangeProperty.task.image} is paid and not stored: ${exchangeProperty.failure.sentence}")
            .otherwise()
                .log("${exchangeProperty.task.image} is collected again later: ${exchangeProperty.failure.sentence}")
        .end()
        .choice()
            .when(this::givenUp)
                .to("direct:dead-letter")
            .otherwise()
                .to("sql:classpath:sql/collect/collect-later.sql?noop=true")
                .to("direct:brake-again")
        .end();

    // A paid image was set back. Many a picture is not there yet when it is asked for first: the second time counts, unless
    // the store has looked at it.
    from("direct:brake-again")
        .routeId("brake-again")
        .errorHandler(noErrorHandler())
        .setProperty(BrakeRoute.BRAKE, simple("${exchangeProperty.failure.keptFrom}"))
        .filter(exchange -> TaskExchange.task(exchange).setbacks() > 0 || !BrakeRoute.PICTURE.equals(exchange.getProperty(BrakeRoute.BRAKE)))
            .to("direct:brake")
        .end();
  }

  private Object known(Exchange exchange) throws ProviderFailure {
    Task task = TaskExchange.task(exchange);
    Optional<Model> model = provider.entry(task.model());
    boolean picture = task.pictureUrl() != null;
    if (model.isEmpty() && !picture) {
      throw new ProviderFailure.Retry(
          "MODEL_GONE", null, "the models' file has no model " + task.model() + " any more, which knows where its task is", Duration.ZERO, true);
    }
    return picture || model.get().answersPictures()
        ? TaskResult.ofPicture(task.pictureUrl(), task.confidence())
        : new ResultRequest(model.get().host(), task.providerTaskId());
  }

  private Long maxSeed(Exchange exchange) {
    return provider.entry(TaskExchange.task(exchange).model()).flatMap(Model::maxSeed).orElse(null);
  }

  private static boolean hasNoPicture(Exchange exchange) {
    TaskResult result = exchange.getMessage().getBody(TaskResult.class);
    return result.succeeded() && !result.hasPicture();
  }

  private boolean isFlagged(Exchange exchange) {
    TaskResult result = exchange.getMessage().getBody(TaskResult.class);
    BigDecimal confidence = result.confidence();
    return result.succeeded()
        && (result.isNamedNsfw() || confidence != null && confidence.compareTo(novita.nsfwThreshold()) > 0);
  }

  private boolean overdue(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    return task.collectingSince().plus(novita.taskTimeout()).isBefore(task.claimedAt());
  }

  private boolean givenUp(Exchange exchange) {
    return TaskExchange.task(exchange).isSetBackFor(settings.giveUpAfter());
  }
}
