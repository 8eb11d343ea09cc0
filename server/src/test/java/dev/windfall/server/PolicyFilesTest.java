package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.SpotPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyFilesTest {
  private static final String POLICY =
      """
      apiVersion: windfall.dev/v1alpha1
      kind: SpotPolicy
      metadata: {name: %s}
      spec: {bounds: {onDemand: false}}
      """;

  @TempDir private Path parent;
  private Path directory = Path.of("");
  private PolicyFiles files = new PolicyFiles(directory);

  @BeforeEach
  void aDirectoryWithTwoPolicies() throws IOException {
    directory = Files.createDirectory(parent.resolve("policies"));
    files = new PolicyFiles(directory);
    write("a.yaml", POLICY.formatted("a"));
    write("b.yml", POLICY.formatted("b"));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  /** Until what it found counts. */
  private void lookTwice() {
    files.look();
    files.look();
  }

  private Optional<List<String>> names() {
    return files.policies().map(all -> all.stream().map(SpotPolicy::name).toList());
  }

  @Test
  void whatIsFoundTwiceIsInForce() {
    files.look();
    assertEquals(Optional.empty(), names());

    files.look();
    assertEquals(Optional.of(List.of("a", "b")), names());
    assertEquals("", files.problem());
  }

  @Test
  void severalPoliciesMayStandInAFileAndOtherFilesAreNotRead() throws IOException {
    write("b.yml", POLICY.formatted("b") + "---\n" + POLICY.formatted("c"));
    write(
        "d.json",
        "{\"apiVersion\":\"windfall.dev/v1alpha1\",\"kind\":\"SpotPolicy\","
            + "\"metadata\":{\"name\":\"d\"},\"spec\":{}}");
    write(".e.yaml", "hidden");
    write("notes.txt", "not a policy");
    Files.createDirectory(directory.resolve("f.yaml"));
    lookTwice();

    assertEquals(Optional.of(List.of("a", "b", "c", "d")), names());
  }

  @Test
  void aFileThatIsStillBeingWrittenDoesNotCount() throws IOException {
    lookTwice();
    write("a.yaml", POLICY.formatted("half"));
    files.look();
    write("a.yaml", POLICY.formatted("whole"));
    files.look();
    assertEquals(Optional.of(List.of("a", "b")), names());

    files.look();
    assertEquals(Optional.of(List.of("whole", "b")), names());
  }

  @Test
  void aBrokenFileLeavesTheWholeSetAsItWasUntilItIsMended() throws IOException {
    lookTwice();
    write("a.yaml", POLICY.formatted("a").replace("bounds", "bouns"));
    write("c.yaml", POLICY.formatted("c"));
    lookTwice();

    assertEquals(Optional.of(List.of("a", "b")), names());
    assertEquals(
        directory + "/a.yaml:4:8: field \"spec.bouns\" is unknown; did you mean \"bounds\"?",
        files.problem());

    write("a.yaml", POLICY.formatted("a"));
    lookTwice();
    assertEquals(Optional.of(List.of("a", "b", "c")), names());
    assertEquals("", files.problem());
  }

  @Test
  void oneNameInTwoFilesIsAProblem() throws IOException {
    write("c.yaml", POLICY.formatted("a"));
    lookTwice();

    assertEquals(Optional.empty(), names());
    assertTrue(files.problem().contains("SpotPolicy \"a\" is given twice"), files.problem());
  }

  @Test
  void aDirectoryThatVanishesLeavesTheSetAndMayComeBack() throws IOException {
    lookTwice();
    Files.move(directory, parent.resolve("away"));
    lookTwice();
    assertEquals(Optional.of(List.of("a", "b")), names());
    assertEquals("there is no such directory", files.problem());

    Files.move(parent.resolve("away"), directory);
    lookTwice();
    assertEquals("", files.problem());
  }

  /** It is what a volume that was not mounted looks like. */
  @Test
  void anEmptiedDirectoryLeavesTheSet() throws IOException {
    lookTwice();
    Files.delete(directory.resolve("a.yaml"));
    Files.delete(directory.resolve("b.yml"));
    lookTwice();

    assertEquals(Optional.of(List.of("a", "b")), names());
    assertTrue(files.problem().startsWith("holds no *.yaml, *.yml or *.json"), files.problem());
  }

  @Test
  void aFileWithACommentSaysThatThereIsNoPolicy() throws IOException {
    lookTwice();
    Files.delete(directory.resolve("b.yml"));
    write("a.yaml", "# none\n");
    lookTwice();

    assertEquals(Optional.of(List.of()), names());
  }

  @Test
  void aDeletedFileTakesItsPoliciesWithIt() throws IOException {
    lookTwice();
    Files.delete(directory.resolve("b.yml"));
    lookTwice();

    assertEquals(Optional.of(List.of("a")), names());
  }

  /** A new version is a new directory, to which one link is moved. */
  @Test
  void aMountedConfigMapIsFollowed() throws IOException {
    Path mount = Files.createDirectory(parent.resolve("mount"));
    Path one = Files.createDirectory(mount.resolve("..2026_11_21"));
    Files.writeString(one.resolve("p.yaml"), POLICY.formatted("old"));
    Path data = Files.createSymbolicLink(mount.resolve("..data"), one.getFileName());
    Files.createSymbolicLink(mount.resolve("p.yaml"), Path.of("..data/p.yaml"));
    files = new PolicyFiles(mount);
    lookTwice();
    assertEquals(Optional.of(List.of("old")), names());

    Path two = Files.createDirectory(mount.resolve("..2026_11_22"));
    Files.writeString(two.resolve("p.yaml"), POLICY.formatted("new"));
    Files.delete(data);
    Files.createSymbolicLink(data, two.getFileName());
    lookTwice();
    assertEquals(Optional.of(List.of("new")), names());
  }

  @Test
  void aLinkToNowhereIsAProblemAndNotAFileLess() throws IOException {
    lookTwice();
    Files.delete(directory.resolve("b.yml"));
    Files.createSymbolicLink(directory.resolve("b.yml"), Path.of("nowhere"));
    lookTwice();

    assertEquals(Optional.of(List.of("a", "b")), names());
    assertEquals(directory + "/b.yml: there is no such file", files.problem());
  }
}
