package io.attributeimages.cli;

import io.attributeimages.ledger.Coverage;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;

/** Says what is missing. */
@ApplicationScoped
class Check {

  private final Calls calls;

  Check(Calls calls) {
    this.calls = calls;
  }

  int run(Answer answer) {
    Coverage coverage =
        Coverage.of(calls.rows("select-groups.sql", Map.of("limit", Coverage.NAMED)));
    answer.json(coverage);
    Table table = new Table("CATEGORY", "STYLE", "STORED", "MISSING");
    for (Coverage.Group group : coverage.groups()) {
      table.row(
          group.category(), group.style(), group.stored() + "/" + group.required(), missing(group));
    }
    Coverage.Covers covers = coverage.styles();
    table.row(
        "covers",
        "",
        covers.stored() + "/" + covers.required(),
        String.join(", ", covers.missing()));
    table.lines().forEach(answer::line);
    answer.line("");
    answer.line(answer.word(coverage.isComplete(), summary(coverage)));
    return coverage.isComplete() ? Commands.DONE : Commands.NOT_DONE;
  }

  static String missing(Coverage.Group group) {
    long more = group.required() - group.stored() - group.missing().size();
    return String.join(", ", group.missing()) + (more > 0 ? " and " + more + " more" : "");
  }

  static String summary(Coverage coverage) {
    if (coverage.isComplete()) {
      return "All %d images and %s are stored."
          .formatted(coverage.required(), covers(coverage.styles().required()));
    }
    List<String> covers = coverage.styles().missing();
    return "%d of %d images%s missing; the command generate makes them."
        .formatted(
            coverage.missing(),
            coverage.required(),
            covers.isEmpty()
                ? " are"
                : " and %d of %s are"
                    .formatted(covers.size(), covers(coverage.styles().required())));
  }

  private static String covers(int number) {
    return number + (number == 1 ? " cover" : " covers");
  }
}
