package dev.windfall.server;

import static com.tngtech.archunit.lang.conditions.ArchConditions.callConstructor;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethod;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.GeneralCodingRules;
import dev.windfall.market.Index;
import dev.windfall.market.Outlook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What holds everywhere. */
class HabitsTest {
  private static final int LONGEST = 300;

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.windfall");

  @Test
  void onlyTheCommandLineWritesToTheStandardStreams() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Windfall.class.getName())
        .and()
        .doNotHaveFullyQualifiedName(ServeCommand.class.getName())
        .and()
        .doNotHaveFullyQualifiedName(DemoCommand.class.getName())
        .and()
        .doNotHaveFullyQualifiedName(TrainCommand.class.getName())
        .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS)
        .check(MAIN);
  }

  @Test
  void onlyTheCommandLineEndsTheProcess() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Windfall.class.getName())
        .should(callMethod(System.class, "exit", int.class))
        .check(MAIN);
  }

  @Test
  void everyPackageSaysWhatMayBeNull() {
    for (JavaPackage one : MAIN.getPackage("dev.windfall").getSubpackagesInTree()) {
      assertEquals(
          one.getClasses().isEmpty() || one.getRelativeName().equals("windfall"),
          !one.isAnnotatedWith(NullMarked.class),
          one.getName());
    }
  }

  /** Three consumers, one price: the extender once made an index of its own. */
  @Test
  void onlyTheMarketMakesAnIndex() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Outlook.class.getName())
        .should(callConstructor(Index.class, double.class, double.class))
        .check(MAIN);
  }

  /** A server without such a source loads none of the SDK, and starts as soon as before. */
  @Test
  void onlyTheAwsSourceUsesTheSdkOfAws() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.windfall.providers.aws")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("software.amazon..")
        .check(MAIN);
  }

  @Test
  void noMainFileIsLongerThanThreeHundredLines() throws IOException {
    Path root = Repository.root();
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> long_ =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> root.relativize(file).toString().contains("src/main/java"))
              .filter(HabitsTest::tooLong)
              .map(root::relativize)
              .toList();

      assertEquals(List.of(), long_);
    }
  }

  private static boolean tooLong(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count() > LONGEST;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
