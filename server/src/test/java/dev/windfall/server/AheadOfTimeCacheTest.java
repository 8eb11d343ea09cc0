package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Caches under the server's flags, of a program that is one class. */
@Timeout(120)
class AheadOfTimeCacheTest {
  @TempDir private Path directory;
  private Path jar = Path.of("");
  private Path cache = Path.of("");

  /** What is run. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      System.out.println("it runs");
    }
  }

  @BeforeEach
  void aJarAndItsCache() throws Exception {
    jar = directory.resolve("program.jar");
    cache = directory.resolve("program.aot");
    writeJar();
    var _ = run("-XX:AOTCacheOutput=" + cache);
    assertTrue(Files.exists(cache));
  }

  private void writeJar() throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Program.class.getName());
    String name = Program.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
        InputStream in = AheadOfTimeCacheTest.class.getResourceAsStream("/" + name)) {
      out.putNextEntry(new JarEntry(name));
      out.write(in == null ? new byte[0] : in.readAllBytes());
    }
  }

  /** Everything that it prints, which must have ended well. */
  private String run(String... flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Repository.root().resolve("server/src/main/jvm/flags"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-jar", jar.toString()));
    Path out = directory.resolve("out");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    String printed = Files.readString(out);
    assertEquals(0, process.exitValue(), printed);
    return printed;
  }

  @Test
  void oneThatFitsIsUsedWithoutAWord() throws Exception {
    String flag = "-XX:AOTCache=" + cache;

    assertEquals("it runs\n", run(flag));
    String loaded = run(flag, "-Xlog:class+load=info");
    assertTrue(
        loaded
            .lines()
            .anyMatch(
                line -> line.contains(Program.class.getName() + " source: shared objects file")),
        loaded);
  }

  @Test
  void oneOfAnotherJarIsIgnoredWithoutAWord() throws Exception {
    // The JVM knows a jar by its size and its time.
    Files.setLastModifiedTime(jar, FileTime.fromMillis(0));

    assertEquals("it runs\n", run("-XX:AOTCache=" + cache));
  }

  @Test
  void oneOfOtherFlagsIsIgnoredWithoutAWord() throws Exception {
    assertEquals("it runs\n", run("-XX:AOTCache=" + cache, "-XX:-UseCompactObjectHeaders"));
    assertEquals(
        "it runs\n", run("-XX:AOTCache=" + cache, "-XX:-UseSerialGC", "-XX:+UseParallelGC"));
  }

  @Test
  void oneThatIsCutOffOrNoneAtAllIsIgnoredWithoutAWord() throws Exception {
    byte[] bytes = Files.readAllBytes(cache);
    Files.write(cache, Arrays.copyOf(bytes, bytes.length / 2));
    assertEquals("it runs\n", run("-XX:AOTCache=" + cache));

    Files.writeString(cache, "nonsense");
    assertEquals("it runs\n", run("-XX:AOTCache=" + cache));

    Files.delete(cache);
    assertEquals("it runs\n", run("-XX:AOTCache=" + cache));
  }
}
