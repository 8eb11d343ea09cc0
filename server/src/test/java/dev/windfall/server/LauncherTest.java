package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script {@code windfall} in a tree of its own, with a JDK and a Maven that only say what they
 * were asked.
 */
@Timeout(60)
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));

  @TempDir private Path directory;
  private Path tree = Path.of("");
  private Path jdk = Path.of("");
  private Path source = Path.of("");

  private record Run(int exit, String out, String err) {}

  @BeforeEach
  void aTree() throws IOException {
    tree = Files.createDirectories(directory.resolve("a tree"));
    Files.copy(Repository.root().resolve("windfall"), tree.resolve("windfall"));
    Path main = Files.createDirectories(tree.resolve("market/src/main"));
    source = Files.writeString(main.resolve("Rank.java"), "class Rank {}");
    old(source);
    old(main);
    old(Files.writeString(tree.resolve("pom.xml"), "<project/>"));
    script(
        tree.resolve("mvnw"),
        """
        echo "built with $JAVA_HOME" >>builds
        mkdir -p server/target
        : >server/target/windfall.jar
        """);
    jdk = jdk("25.0.3");
  }

  private Path jdk(String version) throws IOException {
    Path home = directory.resolve("jdk-" + version);
    Files.createDirectories(home.resolve("bin"));
    script(home.resolve("bin/javac"), "exit 1");
    script(home.resolve("bin/java"), "echo \"java $*\"");
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void old(Path file) throws IOException {
    Files.setLastModifiedTime(file, LONG_AGO);
  }

  private Run run(Path launcher, Map<String, String> environment, String... words)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(words));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(directory.resolve("err").toFile());
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", "/usr/bin:/bin", "HOME", directory.toString()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return new Run(
        process.exitValue(),
        Files.readString(directory.resolve("out")),
        Files.readString(directory.resolve("err")));
  }

  private Run run(String... words) throws Exception {
    return run(tree.resolve("windfall"), Map.of("JAVA_HOME", jdk.toString()), words);
  }

  private long builds() throws IOException {
    Path builds = tree.resolve("builds");
    return Files.exists(builds) ? Files.readAllLines(builds).size() : 0;
  }

  @Test
  void theFirstStartBuildsAndTheSecondDoesNot() throws Exception {
    Run first = run("rank", "--market", "a file");
    Run second = run("version");

    assertEquals(1, builds());
    assertTrue(first.err().startsWith("windfall: building"), first.err());
    assertEquals("", second.err());
    assertTrue(first.out().endsWith("windfall.jar rank --market a file\n"), first.out());
    assertTrue(first.out().contains("/server/src/main/jvm/flags -jar "), first.out());
  }

  @Test
  void aChangedSourceIsBuiltAgainAndSoIsADeletedOne() throws Exception {
    var _ = run("version");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    var _ = run("version");
    assertEquals(2, builds());

    Files.delete(source);
    Files.setLastModifiedTime(
        tree.resolve("server/target/windfall.jar"), FileTime.from(Instant.now().minusSeconds(60)));
    var _ = run("version");
    assertEquals(3, builds());
  }

  @Test
  void aCacheOfThisJarIsUsedAndAnOlderOneIsNot() throws Exception {
    var _ = run("version");
    Path jar = tree.resolve("server/target/windfall.jar");
    Path cache = Files.writeString(tree.resolve("server/target/windfall.aot"), "");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minusSeconds(60)));
    old(tree.resolve("server/target"));
    String with = run("serve", "--log.level=debug").out();
    old(cache);
    String without = run("serve", "--log.level=debug").out();

    String end = "-jar " + jar.toRealPath() + " serve --log.level=debug\n";
    assertTrue(with.endsWith(" -XX:AOTCache=" + cache.toRealPath() + " " + end), with);
    assertTrue(without.endsWith("/flags " + end), without);
    assertEquals(1, builds());
  }

  @Test
  void aFailedBuildShowsTheEndOfItsLogAndFails() throws Exception {
    script(tree.resolve("mvnw"), "echo 'no such symbol'; exit 1");

    Run run = run("version");

    assertEquals(1, run.exit());
    assertTrue(run.err().contains("no such symbol\nwindfall: the build failed"), run.err());
    assertEquals("", run.out());
  }

  @Test
  void aLockThatAKilledStartLeftIsTakenOver() throws Exception {
    Path lock = Files.createDirectories(tree.resolve("server/target/.building"));
    Files.writeString(lock.resolve("pid"), "999999999\n");

    assertEquals(0, run("version").exit());
    assertEquals(1, builds());
  }

  @Test
  void itWorksThroughALinkFromAnotherDirectory() throws Exception {
    Path link = Files.createDirectories(directory.resolve("bin")).resolve("wf");
    Files.createSymbolicLink(link, Path.of("../a tree/windfall"));

    Run run = run(link, Map.of("JAVA_HOME", jdk.toString()), "version");

    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("a tree/server/target/windfall.jar version"), run.out());
  }

  @Test
  void anOlderJavaHomeDoesNotHideTheRightJdk() throws Exception {
    Path home = Files.createDirectories(directory.resolve(".jdks"));
    Files.createSymbolicLink(home.resolve("temurin-25"), jdk);

    // Which JDK 25 it finds depends on the machine: this one, or one in the usual places before it.
    var _ =
        run(tree.resolve("windfall"), Map.of("JAVA_HOME", jdk("17.0.15").toString()), "version");

    assertEquals(1, builds());
    assertFalse(Files.readString(tree.resolve("builds")).contains("jdk-17"));
  }
}
