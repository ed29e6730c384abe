package io.attributeimages.cli;

import io.attributeimages.catalog.Combination;
import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.pipeline.Enumeration;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;

/** Which required images are not stored. */
@ApplicationScoped
class MissingImages {

  private final Enumeration enumeration;
  private final Calls calls;

  MissingImages(Enumeration enumeration, Calls calls) {
    this.enumeration = enumeration;
    this.calls = calls;
  }

  /** Those of a choice, in the order of the catalogue, without their prompts. */
  List<Combination> of(ImageFilter filter) {
    List<Combination> missing = new ArrayList<>();
    enumeration
        .chunks(filter)
        .forEachRemaining(
            chunk ->
                calls
                    .rows("select-missing.sql", chunk)
                    .forEach(
                        row ->
                            missing.add(
                                new Combination(
                                    (String) row.get("category"),
                                    (String) row.get("value"),
                                    (String) row.get("style"),
                                    ""))));
    return missing;
  }
}
