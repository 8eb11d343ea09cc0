package dev.windfall.cluster;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A watch's stream that has a picture published before it waits for more bytes, and notes when some
 * came.
 */
final class Bursts extends FilterInputStream {
  private final Picture<?> picture;

  Bursts(InputStream in, Picture<?> picture) {
    super(in);
    this.picture = picture;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    picture.publish();
    int read = super.read(buffer, offset, length);
    if (read > 0) {
      picture.hear();
    }
    return read;
  }
}
