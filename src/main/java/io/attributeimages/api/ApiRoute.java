package io.attributeimages.api;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.rest.RestParamType;

/** The REST calls, and what OpenAPI says of them at {@code /q/openapi}. */
@ApplicationScoped
public class ApiRoute extends RouteBuilder {

  private static final String JSON = "application/json";

  @Override
  public void configure() {
    restConfiguration()
        .apiContextPath("/q/openapi")
        .apiProperty("api.title", "Attribute images")
        .apiProperty("api.description", "Produces the picture cards of a character creator")
        .apiProperty("api.version", "1")
        .apiProperty("base.path", "/")
        .apiProperty("host", "{{quarkus.http.host}}:{{quarkus.http.port}}")
        .inlineRoutes(false);

    rest("/api/status").id("rest-status").description("What is required, stored and missing")
        .get().id("getStatus").produces(JSON)
            .description("Counts over all required images, by category and style, and what was paid")
            .responseMessage().code(200).message("The status").endResponseMessage()
            .to("direct:get-status");

    rest("/api/catalog").id("rest-catalog").description("What can be chosen from")
        .get().id("getCatalog").produces(JSON)
            .description("Categories with their values, styles, and the size of every picture")
            .responseMessage().code(200).message("The catalogue").endResponseMessage()
            .to("direct:get-catalog");

    rest("/api/images").id("rest-images").description("Every required image")
        .get().id("getImages").produces(JSON)
            .description("The required images in the order of the catalogue, covers last, with state, picture and the task"
                + " that says most about each, a page at a time: the field next is the parameter after of the next page. With"
                + " a state, a page may have fewer images than asked for, or none, and yet a next one")
            .param().name("category").type(RestParamType.query).required(false).endParam()
            .param().name("value").type(RestParamType.query).required(false).endParam()
            .param().name("style").type(RestParamType.query).required(false).endParam()
            .param().name("state").type(RestParamType.query).required(false)
                .description("STORED, PLANNED, SUBMITTING, SUBMITTED, STORING, UNCONFIRMED, FAILED or MISSING").endParam()
            .param().name("after").type(RestParamType.query).dataType("integer").required(false).description("The field next of the page before").endParam()
            .param().name("limit").type(RestParamType.query).dataType("integer").required(false).description("1 to 500").endParam()
            .responseMessage().code(200).message("A page of images").endResponseMessage()
            .responseMessage().code(400).message("A parameter that is not what is allowed").endResponseMessage()
            .to("direct:get-images");

    rest("/api/events").id("rest-events").description("What changes, as it changes")
        .get().id("getEvents").produces(Listeners.EVENT_STREAM)
            .description("Server-sent events: task and run with the fields of GET /api/tasks and GET /api/runs/{id}, and reset"
                + " where too much was missed to be told. Whoever reconnects with Last-Event-ID is told what was missed;"
                + " planned images are not told one by one. Every 15 seconds alive, so that silence means a lost connection")
            .responseMessage().code(200).message("The events, without an end").endResponseMessage()
            .responseMessage().code(429).message("There are too many listeners of the caller's network address").endResponseMessage()
            .responseMessage().code(503).message("There are too many listeners, or the database is away").endResponseMessage()
            .to("direct:get-events");

    rest("/api/runs").id("rest-runs").description("Runs of the pipeline")
        .post().id("postRun").produces(JSON)
            .description("Starts a run. The body is optional, and so is each of its fields: category, values, style,"
                + " mode (missing or regenerate), dryRun, maxCostUsd")
            .param().name("Idempotency-Key").type(RestParamType.header).required(false)
                .description("A UUID: a call that is sent again with it starts no second run").endParam()
            .responseMessage().code(202).message("The run, which goes on by itself; its address is in Location").endResponseMessage()
            .responseMessage().code(200).message("A dry run: what would be made and its cost").endResponseMessage()
            .responseMessage().code(400).message("A field that is not what is allowed").endResponseMessage()
            .responseMessage().code(422).message("The Idempotency-Key stands for another run").endResponseMessage()
            .to("direct:post-run")
        .get().id("getRuns").produces(JSON)
            .description("Runs, newest first")
            .param().name("limit").type(RestParamType.query).dataType("integer").required(false).description("1 to 500").endParam()
            .responseMessage().code(200).message("The runs").endResponseMessage()
            .to("direct:get-runs")
        .get("/{id}").id("getRun").produces(JSON)
            .description("One run with its counts, cost and expected time. The field reason says why it is in its state; of a run that"
                + " is RUNNING, which model is halted in it: styles of other models go on")
            .param().name("id").type(RestParamType.path).description("The run's id").endParam()
            .responseMessage().code(200).message("The run").endResponseMessage()
            .responseMessage().code(404).message("There is no such run").endResponseMessage()
            .to("direct:get-run")
        .post("/{id}/pause").id("postPause").produces(JSON)
            .description("Nothing more of the run is submitted; what is paid is collected and stored")
            .param().name("id").type(RestParamType.path).description("The run's id").endParam()
            .responseMessage().code(200).message("The run").endResponseMessage()
            .responseMessage().code(404).message("There is no such run").endResponseMessage()
            .responseMessage().code(409).message("The run is in a state in which it cannot be paused").endResponseMessage()
            .to("direct:pause-run")
        .post("/{id}/resume").id("postResume").produces(JSON)
            .description("A paused or halted run goes on, and so does one in which a model is halted. What it had planned for a model that"
                + " its style does not use any more is made by the one it uses now")
            .param().name("id").type(RestParamType.path).description("The run's id").endParam()
            .responseMessage().code(200).message("The run").endResponseMessage()
            .responseMessage().code(404).message("There is no such run").endResponseMessage()
            .responseMessage().code(409).message("The run is over").endResponseMessage()
            .to("direct:resume-run")
        .post("/{id}/cancel").id("postCancel").produces(JSON)
            .description("The run makes nothing more; what is paid is collected and stored")
            .param().name("id").type(RestParamType.path).description("The run's id").endParam()
            .responseMessage().code(200).message("The run").endResponseMessage()
            .responseMessage().code(404).message("There is no such run").endResponseMessage()
            .responseMessage().code(409).message("The run is over").endResponseMessage()
            .to("direct:cancel-run");

    rest("/api/tasks").id("rest-tasks").description("Images that were asked for")
        .get().id("getTasks").produces(JSON)
            .description("Tasks, newest first, a page at a time: the field next is the parameter before of the next page. The field model"
                + " is an entry of the models' file or a checkpoint; seed is null where the model takes none and tells none; providerTaskId"
                + " is the id at whichever host makes the image, or one of ours where its answer is the picture")
            .param().name("run").type(RestParamType.query).required(false).description("Of that run").endParam()
            .param().name("state").type(RestParamType.query).required(false).description("In that state").endParam()
            .param().name("category").type(RestParamType.query).required(false).endParam()
            .param().name("value").type(RestParamType.query).required(false).endParam()
            .param().name("style").type(RestParamType.query).required(false).endParam()
            .param().name("before").type(RestParamType.query).dataType("integer").required(false).description("The field next of the page before").endParam()
            .param().name("limit").type(RestParamType.query).dataType("integer").required(false).description("1 to 500").endParam()
            .responseMessage().code(200).message("A page of tasks").endResponseMessage()
            .to("direct:get-tasks")
        .get("/{id}").id("getTask").produces(JSON)
            .description("One task, and trigger and mode of its run")
            .param().name("id").type(RestParamType.path).description("The task's id").endParam()
            .responseMessage().code(200).message("The task").endResponseMessage()
            .responseMessage().code(404).message("There is no such task").endResponseMessage()
            .to("direct:get-task");

    rest("/api/dead-letters").id("rest-dead-letters").description("Images that failed")
        .get().id("getDeadLetters").produces(JSON)
            .description("Dead letters, newest first, with reason, status, message, attempts and cost; paged like tasks")
            .param().name("run").type(RestParamType.query).required(false).description("Of that run").endParam()
            .param().name("category").type(RestParamType.query).required(false).endParam()
            .param().name("value").type(RestParamType.query).required(false).endParam()
            .param().name("style").type(RestParamType.query).required(false).endParam()
            .param().name("before").type(RestParamType.query).dataType("integer").required(false).description("The field next of the page before").endParam()
            .param().name("limit").type(RestParamType.query).dataType("integer").required(false).description("1 to 500").endParam()
            .responseMessage().code(200).message("A page of dead letters").endResponseMessage()
            .to("direct:get-dead-letters")
        .post("/replay").id("postReplays").produces(JSON)
            .description("Replays dead letters: those the body describes by run, reason, category, values and style, or"
                + " all. What was paid and can still be had is fetched; everything else is submitted and paid again, within the budgets")
            .responseMessage().code(202).message("How many are on their way again").endResponseMessage()
            .responseMessage().code(400).message("A field that is not what is allowed").endResponseMessage()
            .to("direct:replay-dead-letters")
        .post("/{id}/replay").id("postReplay").produces(JSON)
            .description("Replays one dead letter")
            .param().name("id").type(RestParamType.path).description("The task's id").endParam()
            .responseMessage().code(202).message("The task, on its way again").endResponseMessage()
            .responseMessage().code(404).message("There is no such dead letter").endResponseMessage()
            .responseMessage().code(409).message("It cannot be replayed").endResponseMessage()
            .to("direct:replay-dead-letter")
        .delete("/{id}").id("deleteDeadLetter")
            .description("Discards a dead letter")
            .param().name("id").type(RestParamType.path).description("The task's id").endParam()
            .responseMessage().code(204).message("It is gone; its row in the ledger stays").endResponseMessage()
            .responseMessage().code(404).message("There is no such dead letter").endResponseMessage()
            .to("direct:discard-dead-letter");

    rest("/api/attribute-images").id("rest-attribute-images").description("The pictures of the cards")
        .get().id("getAttributeImages").produces(JSON)
            .description("The stored pictures, a page at a time: the field next is the parameter after of the next page;"
                + " with category, value and style, the fields of that one")
            .param().name("category").type(RestParamType.query).required(false).endParam()
            .param().name("value").type(RestParamType.query).required(false).endParam()
            .param().name("style").type(RestParamType.query).required(false).endParam()
            .param().name("after").type(RestParamType.query).required(false).description("The field next of the page before").endParam()
            .param().name("limit").type(RestParamType.query).dataType("integer").required(false).description("1 to 1000, which is usual").endParam()
            .responseMessage().code(200).message("The pictures, or the one").endResponseMessage()
            .responseMessage().code(404).message("The one is not stored yet").endResponseMessage()
            .to("direct:get-attribute-images");

    rest("/api/style-images").id("rest-style-images").description("The covers of the styles")
        .get().id("getStyleImages").produces(JSON)
            .description("The stored covers")
            .responseMessage().code(200).message("The covers").endResponseMessage()
            .to("direct:get-style-images");
  }
}
