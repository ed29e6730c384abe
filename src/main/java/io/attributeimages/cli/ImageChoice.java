package io.attributeimages.cli;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.provider.ForeignText;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that choose images. What is left out stands for all. */
public final class ImageChoice {

  /** No choice was made. */
  static final ImageChoice NONE = new ImageChoice();

  @Option(
      names = "--category",
      order = 1,
      paramLabel = "NAME",
      description =
          "Only this category, such as age; the covers of the styles are the category style.")
  private String category;

  @Option(
      names = "--value",
      order = 2,
      paramLabel = "NAME",
      description = "Only this value, such as 30s; can be repeated.")
  private List<String> values = List.of();

  @Option(
      names = "--style",
      order = 3,
      paramLabel = "NAME",
      description = "Only this style, such as anime.")
  private String style;

  /** The choice as the ledger knows it. */
  public ImageFilter filter() {
    return new ImageFilter(
        Optional.ofNullable(category), List.copyOf(values), Optional.ofNullable(style));
  }

  /** Whether nothing was chosen. */
  boolean isEmpty() {
    return filter().equals(ImageFilter.ALL);
  }

  /**
   * Checks that the catalogue knows the choice.
   *
   * @throws UsageException that names what it knows
   */
  public void check(Catalogue catalogue) {
    ImageFilter filter = filter();
    Catalogue.Names categories = catalogue.knownCategories();
    filter
        .category()
        .filter(name -> !categories.first().contains(name))
        .ifPresent(name -> unknown("--category", name, categories));
    filter.values().stream()
        .filter(name -> !catalogue.knowsValue(filter.category(), name))
        .forEach(name -> unknown("--value", name, catalogue.knownValues(filter.category())));
    Catalogue.Names styles = catalogue.knownStyles();
    filter
        .style()
        .filter(name -> !styles.first().contains(name))
        .ifPresent(name -> unknown("--style", name, styles));
  }

  private static void unknown(String option, String name, Catalogue.Names known) {
    throw new UsageException(
        "Option "
            + option
            + " is '"
            + ForeignText.quote(name)
            + "'; known are "
            + known.listed()
            + ".");
  }
}
