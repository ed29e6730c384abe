package io.attributeimages.cli;

import io.attributeimages.ledger.DatabaseFailure;
import io.attributeimages.pipeline.PictureTables;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.output.MigrateOutput;
import org.flywaydb.core.api.output.MigrateResult;

/** Applies the migrations. */
@ApplicationScoped
class Migrate {

  private final Flyway flyway;
  private final PictureTables tables;

  Migrate(Flyway flyway, PictureTables tables) {
    this.flyway = flyway;
    this.tables = tables;
  }

  int run(Answer answer) {
    MigrateResult result;
    try {
      result = flyway.migrate();
    } catch (FlywayException e) {
      answer.problem(
          "The migrations cannot be applied. "
              + DatabaseFailure.of(e).map(DatabaseFailure::sentence).orElseGet(e::getMessage));
      return Commands.NOT_DONE;
    }
    List<MigrateOutput> applied = result.migrations;
    applied.forEach(migration -> answer.line("Applied " + name(migration)));
    String version = flyway.info().current().getVersion().toString();
    answer.line(
        applied.isEmpty()
            ? "Nothing to apply: the tables are at V" + version + "."
            : "The tables are at V" + version + " now.");
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("version", version);
    json.put(
        "applied",
        applied.stream()
            .map(m -> Map.of("version", m.version, "description", m.description))
            .toList());
    answer.json(json);
    Optional<String> refusal = refusal();
    refusal.ifPresent(answer::problem);
    return refusal.isPresent() ? Commands.NOT_DONE : Commands.DONE;
  }

  private Optional<String> refusal() {
    try {
      return tables.refusal().map(words -> "The tables of pictures cannot be used: " + words);
    } catch (SQLException e) {
      return Optional.of(DatabaseFailure.sentence(e));
    }
  }

  /**
   * Of functions, triggers and views, which are written again when they change, without a version.
   */
  private static String name(MigrateOutput migration) {
    return migration.version.isEmpty()
        ? migration.description
        : "V" + migration.version + ", " + migration.description;
  }
}
