package dev.windfall.providers.file;

import dev.windfall.policies.MarketFile;
import dev.windfall.providers.SourceException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The text of a file, which is never held as a whole: a market file of 16 MiB would be the largest
 * thing in memory, beside the two price books that are there while it is read.
 */
final class FileText implements MarketFile.Text {
  static final long MAX_BYTES = 16 << 20;

  private final Path path;
  private final Opener opener;

  /** Of what was read since it was opened last. */
  private MessageDigest digest = sha256();

  /** How a file is opened. */
  @FunctionalInterface
  interface Opener {
    InputStream open(Path path) throws IOException;
  }

  FileText(Path path, Opener opener) {
    this.path = path;
    this.opener = opener;
  }

  static SourceException tooLarge() {
    return new SourceException(
        "is larger than the %d MiB a market file may have".formatted(MAX_BYTES >> 20));
  }

  /** Refuses what is no UTF-8, by a {@link java.nio.charset.CharacterCodingException}. */
  @Override
  public Reader open() throws IOException {
    digest = sha256();
    InputStream bytes = new DigestInputStream(new Bounded(opener.open(path)), digest);
    return new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder());
  }

  /** Reads all of it, and returns its digest. */
  byte[] readThrough() throws IOException {
    try (Reader characters = open()) {
      var _ = characters.transferTo(Writer.nullWriter());
    }
    return digest();
  }

  /** The digest of what was read when it was opened last. */
  byte[] digest() {
    try {
      return ((MessageDigest) digest.clone()).digest();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("SHA-256 of the JDK can be cloned", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Gives up where a file goes on longer than it was when it was looked at. */
  private static final class Bounded extends FilterInputStream {
    private long left = MAX_BYTES;

    Bounded(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      count(read < 0 ? 0 : 1);
      return read;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      count(Math.max(0, read));
      return read;
    }

    private void count(int read) {
      left -= read;
      if (left < 0) {
        throw tooLarge();
      }
    }
  }
}
