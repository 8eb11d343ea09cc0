package dev.windfall.cluster;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A watch's stream that has what was kept published before it waits for more bytes, and notes when
 * some came.
 */
final class Bursts extends FilterInputStream {
  private final Kept<?> kept;

  Bursts(InputStream in, Kept<?> kept) {
    super(in);
    this.kept = kept;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    kept.publish();
    int read = super.read(buffer, offset, length);
    if (read > 0) {
      kept.hear();
    }
    return read;
  }
}
