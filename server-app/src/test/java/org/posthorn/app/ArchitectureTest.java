package org.posthorn.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static java.util.function.Predicate.not;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;

/// The rules of the house that neither javac nor the poms can see.
@AnalyzeClasses(
    packages = "org.posthorn",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
  private static final String ROOT = "org.posthorn.";

  /// Who may use whom. The poms say it too; here it reads as a table.
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          entry("message", Set.of()),
          entry("net", Set.of("message")),
          entry("mailet", Set.of("message")),
          entry("attachment", Set.of()),
          entry("storage", Set.of("message")),
          entry("spool", Set.of("message", "mailet", "storage")),
          entry("senderauth", Set.of("message", "mailet")),
          entry("mailets", Set.of("message", "mailet", "storage", "spool", "senderauth")),
          entry("smtp", Set.of("message", "net", "mailet", "storage", "spool", "senderauth")),
          entry("imap", Set.of("message", "net", "storage")),
          entry("pop3", Set.of("message", "net", "storage")));

  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar") && !location.contains("/test-classes/");
    }
  }

  @ArchTest
  static void modulesUseOnlyWhatTheyMay(JavaClasses all) {
    MAY_USE.forEach((module, allowed) -> {
      String[] forbidden =
          MAY_USE.keySet().stream()
              .filter(not(allowed::contains))
              .filter(not(module::equals))
              .map(other -> ROOT + other + "..")
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage(ROOT + module + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(forbidden)
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + "app..")
          .allowEmptyShould(false)
          .check(all);
    });
  }

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices()
          .matching("org.posthorn.(**)")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(DescribedPredicate.alwaysTrue(), areKnownToAllRooms());

  @ArchTest
  static final ArchRule whatPluginsSeeNeedsNothingElse =
      classes()
          .that()
          .resideInAPackage("org.posthorn.mailet..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..", "org.jspecify..", "org.posthorn.message..", "org.posthorn.mailet..");

  @ArchTest
  static final ArchRule wireKnowsOnlyBytes =
      noClasses()
          .that()
          .resideInAPackage("org.posthorn.*.wire..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.posthorn.*.session..",
              "org.posthorn.*.command..",
              "org.posthorn.*.view..",
              "org.posthorn.*.inbound..",
              "org.posthorn.*.outbound..",
              "org.posthorn.spool..");

  @ArchTest
  static final ArchRule guiceStaysInModules =
      noClasses()
          .that()
          .haveSimpleNameNotEndingWith("Module")
          .and()
          .resideOutsideOfPackage("org.posthorn.app..")
          .and(isTopLevel())
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.google.inject..");

  @ArchTest
  static final ArchRule nothingIsInjectedIntoFields =
      fields().should().notBeAnnotatedWith("jakarta.inject.Inject").allowEmptyShould(true);

  @ArchTest
  static final ArchRule nothingIsInjectedIntoSetters =
      noMethods().should().beAnnotatedWith("jakarta.inject.Inject");

  @ArchTest
  static final ArchRule everyNameSaysWhatTheThingIs =
      noClasses()
          .should()
          .haveNameMatching(".*(Util|Utils|Helper|Helpers|Manager|Impl|Misc)")
          .orShould()
          .resideInAnyPackage(
              "..util..",
              "..utils..",
              "..helper..",
              "..common..",
              "..core..",
              "..misc..",
              "..impl..");

  @ArchTest
  static final ArchRule classesAreFinalOrSealed =
      classes()
          .that()
          .areNotInterfaces()
          .and()
          .areNotAnonymousClasses()
          .and()
          .doNotHaveModifier(JavaModifier.ABSTRACT)
          .and(areNotEnumsWithBodies())
          .should()
          .haveModifier(JavaModifier.FINAL);

  @ArchTest
  static final ArchRule socketsStayInTheirRooms =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.posthorn.net..",
              "org.posthorn.smtp.outbound..",
              "org.posthorn.mailets.gate..",
              "org.posthorn.app..")
          .and(doNotForbidThem())
          .should()
          .dependOnClassesThat()
          .haveNameMatching(
              "java\\.net\\.(Socket|ServerSocket|DatagramSocket)|java\\.nio\\.channels\\..*Socket.*|javax\\.net\\.ssl\\..*");

  @ArchTest
  static final ArchRule filesStayInTheirRooms =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.posthorn.storage..", "org.posthorn.app..")
          .and(areNotPluginLoaders())
          .and(doNotAskTheSystem())
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.nio.file.Files");

  @ArchTest
  static final ArchRule onlyTheCompositionRootReadsTheEnvironment =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.posthorn.app..")
          .should()
          .callMethod(System.class, "getenv")
          .orShould()
          .callMethod(System.class, "getenv", String.class)
          .orShould()
          .callMethod(System.class, "getProperty", String.class);

  @ArchTest
  static final ArchRule enginesAreSeenByStorageAlone =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.posthorn.storage",
              "org.posthorn.storage.memory..",
              "org.posthorn.storage.rocksdb..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.posthorn.storage.memory..", "org.posthorn.storage.rocksdb..");

  /// The one thing that a room takes from its module's root: the settings that it is made with, and
  /// what the engines throw.
  private static DescribedPredicate<JavaClass> areKnownToAllRooms() {
    return DescribedPredicate.describe(
        "are configuration records or StorageUnavailable",
        type ->
            type.getName().matches(".*Config(\\$.*)?")
                || type.getSimpleName().equals("StorageUnavailable"));
  }

  private static DescribedPredicate<JavaClass> isTopLevel() {
    return DescribedPredicate.describe(
        "are no part of a module class", type -> type.getEnclosingClass().isEmpty());
  }

  /// A constant with a body makes a class of its own, which Java does not call final.
  private static DescribedPredicate<JavaClass> areNotEnumsWithBodies() {
    return DescribedPredicate.describe(
        "are no enums with bodies",
        type -> !type.isEnum() || type.getModifiers().contains(JavaModifier.FINAL));
  }

  /// The program that reads attachments takes sockets from itself.
  private static DescribedPredicate<JavaClass> doNotForbidThem() {
    return DescribedPredicate.describe(
        "do not forbid them", type -> !type.getName().contains("NoConnections"));
  }

  /// Linux tells of connections in `/proc`.
  private static DescribedPredicate<JavaClass> doNotAskTheSystem() {
    return DescribedPredicate.describe(
        "do not ask the system", type -> !type.getSimpleName().equals("SendQueue"));
  }

  /// The chain finds plugins in a folder.
  private static DescribedPredicate<JavaClass> areNotPluginLoaders() {
    return DescribedPredicate.describe(
        "do not load plugins", type -> !type.getName().contains("Plugin"));
  }
}
