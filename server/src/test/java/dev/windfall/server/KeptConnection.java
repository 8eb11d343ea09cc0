package dev.windfall.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;

/**
 * One connection that is kept, as the API server keeps its own: a call at a time, each answer read
 * to its end, which its Content-Length says. Several times as fast as the JDK's client.
 */
final class KeptConnection implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  /** What came back. */
  record Answer(int status, String body) {}

  /**
   * Connects.
   *
   * @param deadline for each read; whoever takes longer hangs
   */
  KeptConnection(int port, Duration deadline) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) deadline.toMillis());
    in = new BufferedInputStream(socket.getInputStream());
  }

  Answer post(String path, byte[] body) throws IOException {
    byte[] head =
        "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(path, body.length)
            .getBytes(US_ASCII);
    byte[] call = new byte[head.length + body.length];
    System.arraycopy(head, 0, call, 0, head.length);
    System.arraycopy(body, 0, call, head.length, body.length);
    socket.getOutputStream().write(call);

    int status = Integer.parseInt(line().split(" ", 3)[1]);
    int length = -1;
    for (String field = line(); !field.isEmpty(); field = line()) {
      if (field.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(field.substring(field.indexOf(':') + 1).strip());
      }
    }
    return new Answer(status, new String(in.readNBytes(length), UTF_8));
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection ended in the middle of an answer: " + line);
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
