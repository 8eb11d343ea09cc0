package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateCommandTest {
  private static final String POLICY =
      """
      apiVersion: windfall.dev/v1alpha1
      kind: SpotPolicy
      metadata: {name: research}
      spec: {bounds: {maxPricePerGpu: "3.00"}}
      """;

  @TempDir private Path directory;

  private String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  @Test
  void theExamplesAreGood() {
    CommandLineRun run =
        CommandLineRun.of("validate", Repository.root().resolve("examples").toString());

    assertTrue(run.out().contains("pod.yaml:"), "a pod is none of Windfall's documents");
    assertEquals(
        "3 documents: 0 errors, 0 warnings\n",
        CommandLineRun.of(
                "validate",
                Repository.root().resolve("examples/spotpolicy.yaml").toString(),
                Repository.root().resolve("examples/spotpool.yaml").toString(),
                Repository.root().resolve("examples/market.yaml").toString())
            .out());
  }

  @Test
  void aProblemIsALineThatNamesItsPlaceAndTheSumIsTheLast() throws IOException {
    String bad = file("bad.yaml", POLICY.replace("bounds", "bouns").replace("Policy", "Policy"));
    String silent =
        file("silent.yaml", POLICY.replace("{bounds: {maxPricePerGpu: \"3.00\"}}", "{}"));

    CommandLineRun run = CommandLineRun.of("validate", bad, silent);

    assertEquals(
        """
        DIR/bad.yaml:4:8: field "spec.bouns" is unknown; did you mean "bounds"?
        DIR/silent.yaml:4:7: warning: SpotPolicy "research" makes no difference: it has neither defaults nor bounds, and says nothing of pods that nothing fits
        2 documents: 1 error, 1 warning
        """,
        run.out().replace(directory.toString(), "DIR"));
    assertEquals(1, run.exit());
  }

  @Test
  void aWarningIsNoFailure() throws IOException {
    String silent =
        file("silent.yaml", POLICY.replace("{bounds: {maxPricePerGpu: \"3.00\"}}", "{}"));

    assertEquals(0, CommandLineRun.of("validate", silent).exit());
  }

  @Test
  void theFilesOfADirectoryAreOneSetWhichAreNotThoseOfTwo() throws IOException {
    file("a.yaml", POLICY);
    file("b.json", "{\"market\": {\"sources\": [{\"type\": \"file\", \"path\": \"a\"}]}}");
    file(".hidden.yaml", "not: mine");
    file("notes.txt", "not mine");
    Path other = Files.createDirectory(directory.resolve("other.yaml"));
    Files.writeString(other.resolve("c.yml"), POLICY);
    assertEquals(
        "3 documents: 0 errors, 0 warnings\n",
        CommandLineRun.of("validate", directory.toString(), other.toString()).out());

    file("c.yaml", POLICY);
    assertTrue(
        CommandLineRun.of("validate", directory.toString())
            .out()
            .contains("c.yaml:3:18: SpotPolicy \"research\" is given twice; it stands in "));
  }

  @Test
  void aDashIsStandardInput() {
    CommandLineRun run =
        CommandLineRun.withInput(POLICY.replace("Policy", "Polcy"), "validate", "-");

    assertEquals(
        """
        stdin:2:7: kind "SpotPolcy" is not one of SpotPolicy, SpotPool, LeftoverNodePool; did you mean "SpotPolicy"?
        1 document: 1 error, 0 warnings
        """,
        run.out());
    assertEquals(1, run.exit());
    assertEquals(0, CommandLineRun.withInput(POLICY, "validate", "-").exit());
  }

  @Test
  void nothingOnStandardInputIsNotGood() {
    CommandLineRun run = CommandLineRun.of("validate", "-");

    assertEquals("stdin: holds no document\n0 documents: 1 error, 0 warnings\n", run.out());
    assertEquals(1, run.exit());
  }

  @Test
  void whatCannotBeReadIsSaidAndTheOthersAreCheckedAllTheSame() throws IOException {
    String latin = directory.resolve("latin.yaml").toString();
    Files.write(Path.of(latin), new byte[] {(byte) 0xe9});
    Path empty = Files.createDirectory(directory.resolve("empty"));

    CommandLineRun run =
        CommandLineRun.of(
            "validate", "nowhere.yaml", latin, empty.toString(), file("a.yaml", POLICY));

    assertEquals(
        """
        nowhere.yaml: there is no such file
        DIR/latin.yaml: is not UTF-8 text
        DIR/empty: holds no *.yaml, *.yml or *.json
        1 document: 3 errors, 0 warnings
        """,
        run.out().replace(directory.toString(), "DIR"));
    assertEquals(1, run.exit());
  }

  @Test
  void jsonIsForPrograms() throws IOException {
    String bad = file("bad.yaml", POLICY.replace("\"3.00\"", "3.00"));

    assertEquals(
        """
        {
          "documents" : [ {
            "source" : "DIR/bad.yaml",
            "kind" : "SpotPolicy",
            "name" : "research"
          } ],
          "errors" : [ {
            "source" : "DIR/bad.yaml",
            "line" : 4,
            "column" : 33,
            "message" : "maxPricePerGpu \\"3.00\\" must stand in quotes"
          }, {
            "source" : "nowhere",
            "line" : null,
            "column" : null,
            "message" : "there is no such file"
          } ],
          "warnings" : [ ]
        }
        """,
        CommandLineRun.of("validate", "-o", "json", bad, "nowhere")
            .out()
            .replace(directory.toString(), "DIR"));
  }

  @Test
  void withoutAFileItIsWrongUsage() {
    assertEquals(2, CommandLineRun.of("validate").exit());
    assertEquals(2, CommandLineRun.of("validate", "-o", "xml", "-").exit());
  }
}
