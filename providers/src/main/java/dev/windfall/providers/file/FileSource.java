package dev.windfall.providers.file;

import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.Recurring;
import dev.windfall.policies.MarketFile;
import dev.windfall.policies.Problem;
import dev.windfall.policies.UnreadableException;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.Source;
import dev.windfall.providers.SourceException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
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
  /**
   * A file changed again within the clock's grain would look unchanged, so a young one is read
   * anyway; and one that changes may be half written, so it is left until it looks the same twice.
   */
  private static final Duration YOUNG = Duration.ofSeconds(2);

  private final Path path;
  private final InstantSource clock;
  private final FileText text;

  /** As the file was when it was last looked at. */
  private @Nullable Stamp seen;

  /** As the file was when what it says was last judged: refused, or else taken. */
  private @Nullable Stamp judged;

  private @Nullable SourceException refusal;

  /** The digest of what was taken last. */
  private byte @Nullable [] taken;

  /** What that said. */
  private List<Offer> offers = List.of();

  private record Stamp(FileTime modified, long size, @Nullable Object inode) {}

  public FileSource(Path path, InstantSource clock) {
    this(path, clock, Files::newInputStream);
  }

  FileSource(Path path, InstantSource clock, FileText.Opener opener) {
    this.path = path;
    this.clock = clock;
    this.text = new FileText(path, opener);
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
      return (young ? moving && taken != null : found.equals(judged)) ? asBefore() : judge(found);
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

  /**
   * Reads it twice: whether it says anything new is soon known, while to understand it takes
   * seconds, in which it may be written.
   */
  private Optional<Quotes> judge(Stamp found) throws IOException {
    byte[] digest;
    Optional<Quotes> quotes;
    try {
      if (found.size() > FileText.MAX_BYTES) {
        throw FileText.tooLarge();
      }
      digest = text.readThrough();
      quotes = Arrays.equals(digest, taken) ? Optional.empty() : Optional.of(quotes());
    } catch (CharacterCodingException e) {
      return refused(found, new SourceException("is not UTF-8 text", e));
    } catch (UnreadableException e) {
      return refused(found, new SourceException(String.valueOf(e.getMessage()), e));
    } catch (SourceException e) {
      return refused(found, e);
    }
    if (!Arrays.equals(digest, text.digest())) {
      return written();
    }
    judged = found;
    refusal = null;
    taken = digest;
    offers = quotes.map(Quotes::offers).orElse(offers);
    return quotes;
  }

  private Optional<Quotes> refused(Stamp found, SourceException why) throws IOException {
    if (!stamp().equals(found)) {
      return written();
    }
    judged = found;
    refusal = why;
    throw why;
  }

  /** Nobody wrote what is read half before and half after somebody writes. */
  private Optional<Quotes> written() {
    judged = null;
    if (refusal == null && taken == null) {
      throw new SourceException("was written while it was read, and is read again soon");
    }
    return asBefore();
  }

  private Quotes quotes() throws IOException {
    String source = path.toString();
    String name = name();
    Recurring recurring = new Recurring(offers);
    return quotes(MarketFile.read(source, text, entry -> recurring.of(offer(entry, name))));
  }

  /**
   * The offers of a market file's text.
   *
   * @throws UnreadableException when the text is no market file
   * @throws SourceException when not one offer of it can be used
   */
  public static Quotes quotes(String source, String text) {
    String name = name(source);
    return quotes(MarketFile.read(source, text, entry -> offer(entry, name)));
  }

  private static Quotes quotes(MarketFile<Offer> file) {
    List<String> leftOut = file.leftOut().stream().map(Problem::toString).toList();
    if (file.offers().isEmpty()) {
      // An emptied file would close every rung. Somebody who wants that deletes the SpotPool.
      throw new SourceException(
          leftOut.isEmpty()
              ? "holds no offer"
              : "holds no offer that can be used:\n" + String.join("\n", leftOut));
    }
    return new Quotes(file.offers(), leftOut);
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
