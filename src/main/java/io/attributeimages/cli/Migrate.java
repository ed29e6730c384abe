package io.attributeimages.cli;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.output.MigrateOutput;
import org.flywaydb.core.api.output.MigrateResult;

/** Applies the migrations. */
@ApplicationScoped
class Migrate {

  private final Flyway flyway;

  Migrate(Flyway flyway) {
    this.flyway = flyway;
  }

  int run(Answer answer) {
    MigrateResult result;
    try {
      result = flyway.migrate();
    } catch (FlywayException e) {
      SQLException database = Commands.databaseFailure(e);
      answer.problem(
          "The migrations cannot be applied. "
              + (database == null ? e.getMessage() : Commands.sentence(database)));
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
    return Commands.DONE;
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
