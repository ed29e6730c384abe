package io.attributeimages;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Packages depend one way: cli, api → observe → pipeline → ledger, provider, storage, catalog;
 * access → api.
 */
class ArchitectureTest {

  private static final String ROOT = "io.attributeimages";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  @ParameterizedTest
  @CsvSource({
    "catalog, ''",
    "ledger, catalog",
    "provider, catalog",
    "storage, catalog",
    "pipeline, ledger provider storage catalog",
    "observe, pipeline ledger provider storage catalog",
    "api, observe pipeline ledger provider storage catalog",
    "access, api storage",
    "cli, pipeline ledger provider storage catalog",
    "embedded, ''",
  })
  void aPackageKnowsOnlyTheOnesBelowIt(String name, String below) {
    String[] allowed =
        Stream.concat(Stream.of(name), Stream.of(below.split(" ")).filter(p -> !p.isEmpty()))
            .map(p -> ROOT + "." + p + "..")
            .toArray(String[]::new);
    ArchRule rule =
        classes()
            .that()
            .resideInAPackage(ROOT + "." + name + "..")
            .should()
            .onlyDependOnClassesThat(
                resideOutsideOfPackages(ROOT + "..").or(resideInAnyPackage(allowed)));

    rule.allowEmptyShould(name.equals("cli")).check(CLASSES);
  }

  @Test
  void onlyTheStartUpCodeKnowsTheEmbeddedServices() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT, ROOT + ".embedded..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".embedded..")
        .check(CLASSES);
  }

  @Test
  void nothingDependsOnTheStartUpCode() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT)
        .check(CLASSES);
  }
}
