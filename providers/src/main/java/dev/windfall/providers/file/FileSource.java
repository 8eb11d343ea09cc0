package dev.windfall.providers.file;

import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.MarketFile;
import dev.windfall.policies.Problem;
import dev.windfall.policies.UnreadableException;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.Source;
import dev.windfall.providers.SourceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A market file, read again when it changes. It is followed by looking, not by being told: a
 * mounted ConfigMap is a symbolic link that is moved, of which file system events say nothing.
 */
public final class FileSource implements Source {
  private static final long MAX_BYTES = 16 << 20;

  /**
   * A file changed again within the clock's grain would look unchanged, so a young one is read
   * anyway; and one that changes may be half written, so it is left until it looks the same twice.
   */
  private static final Duration YOUNG = Duration.ofSeconds(2);

  private static final int DIGESTED = 1 << 16;

  private final Path path;
  private final InstantSource clock;

  /** As the file was when it was last looked at. */
  private @Nullable Stamp seen;

  /** As the file was when what it says was last judged: refused, or else taken. */
  private @Nullable Stamp judged;

  private @Nullable SourceException refusal;

  /** The digest of what was taken last. */
  private byte @Nullable [] taken;

  private record Stamp(FileTime modified, long size, @Nullable Object inode) {}

  public FileSource(Path path, InstantSource clock) {
    this.path = path;
    this.clock = clock;
  }

  @Override
  public String name() {
    return name(path.toString());
  }

  private static String name(String path) {
    return "file " + path;
  }

  @Override
  public Duration every() {
    return Duration.ofMillis(500);
  }

  @Override
  public Optional<Quotes> poll() {
    try {
      Stamp found = stamp();
      boolean young = young(found);
      boolean moving = young && !found.equals(seen);
      seen = found;
      if (young ? moving && taken != null : found.equals(judged)) {
        return asBefore();
      }
      Optional<Quotes> quotes = judge(found.size());
      judged = found;
      refusal = null;
      return quotes;
    } catch (NoSuchFileException e) {
      throw new SourceException("there is no such file", e);
    } catch (IOException e) {
      throw new SourceException("cannot be read: " + e.getMessage(), e);
    }
  }

  private Optional<Quotes> asBefore() {
    if (refusal != null) {
      throw refusal;
    }
    return Optional.empty();
  }

  private Optional<Quotes> judge(long size) throws IOException {
    try {
      if (size > MAX_BYTES) {
        throw new SourceException(
            "is larger than the %d MiB a market file may have".formatted(MAX_BYTES >> 20));
      }
      String text = Files.readString(path);
      byte[] digest = digest(text);
      if (Arrays.equals(digest, taken)) {
        return Optional.empty();
      }
      Quotes quotes = quotes(path.toString(), text);
      taken = digest;
      return Optional.of(quotes);
    } catch (CharacterCodingException e) {
      throw refused(new SourceException("is not UTF-8 text", e));
    } catch (UnreadableException e) {
      throw refused(new SourceException(String.valueOf(e.getMessage()), e));
    } catch (SourceException e) {
      throw refused(e);
    }
  }

  /** In steps, as the bytes of a whole text would take as much memory again. */
  private static byte[] digest(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
      CharBuffer characters = CharBuffer.wrap(text);
      ByteBuffer step = ByteBuffer.allocate(DIGESTED);
      CoderResult result;
      do {
        result = encoder.encode(characters, step, true);
        digest.update(step.flip());
        step.clear();
      } while (result.isOverflow());
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private SourceException refused(SourceException why) {
    judged = seen;
    refusal = why;
    return why;
  }

  /**
   * The offers of a market file's text.
   *
   * @throws UnreadableException when the text is no market file
   * @throws SourceException when not one offer of it can be used
   */
  public static Quotes quotes(String source, String text) {
    MarketFile file = MarketFile.read(source, text);
    List<String> leftOut = file.leftOut().stream().map(Problem::toString).toList();
    if (file.offers().isEmpty()) {
      // An emptied file would close every rung. Somebody who wants that deletes the SpotPool.
      throw new SourceException(
          leftOut.isEmpty()
              ? "holds no offer"
              : "holds no offer that can be used:\n" + String.join("\n", leftOut));
    }
    return new Quotes(
        file.offers().stream().map(entry -> offer(entry, name(source))).toList(), leftOut);
  }

  private static Offer offer(MarketFile.Entry entry, String name) {
    return new Offer(
        name,
        entry.provider(),
        entry.region(),
        new OfferKey(entry.zone(), entry.instanceType(), entry.capacity()),
        entry.architecture(),
        entry.gpu(),
        entry.cpu(),
        entry.memory(),
        entry.usdPerHour(),
        Basis.QUOTED,
        entry.observedAt(),
        entry.placementScore(),
        entry.interruption(),
        Optional.empty());
  }

  private Stamp stamp() throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
  }

  private boolean young(Stamp stamp) {
    Duration age = Duration.between(stamp.modified().toInstant(), clock.instant());
    return age.abs().compareTo(YOUNG) < 0;
  }
}
