package dev.windfall.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A caller that keeps to no rule: it sends what it is told to, and reads what there is. */
final class RawConnection implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  /**
   * What came back.
   *
   * @param fields of the header, by name in lower case
   */
  record Answer(int status, Map<String, String> fields, String body) {
    String field(String name) {
      return fields.getOrDefault(name, "");
    }
  }

  /**
   * Connects.
   *
   * @param patience for each read; whoever takes longer hangs
   */
  RawConnection(int port, Duration patience) {
    try {
      socket = new Socket();
      // Small, so that who does not read is noticed soon.
      socket.setReceiveBufferSize(8 << 10);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) patience.toMillis());
      in = new BufferedInputStream(socket.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException("connecting", e);
    }
  }

  /** A call with its Content-Length. */
  static byte[] post(String path, byte[] body, String... fields) {
    StringBuilder head = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: x\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
    ByteArrayOutputStream call = new ByteArrayOutputStream(head.length() + body.length);
    call.writeBytes(head.toString().getBytes(ISO_8859_1));
    call.writeBytes(body);
    return call.toByteArray();
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  void send(String text) throws IOException {
    send(text.getBytes(UTF_8));
  }

  /** Sends until the other side has had enough; how many bytes it took. */
  long sendUntilCutOff(byte[] bytes, long most) {
    long sent = 0;
    try {
      while (sent < most) {
        send(bytes);
        sent += bytes.length;
      }
    } catch (IOException e) {
      // That is what is waited for.
    }
    return sent;
  }

  /** The next answer, read to the end that its Content-Length gives it. */
  Answer answer() throws IOException {
    String first = line();
    int status = Integer.parseInt(first.split(" ", 3)[1]);
    Map<String, String> fields = new TreeMap<>();
    for (String field = line(); !field.isEmpty(); field = line()) {
      int colon = field.indexOf(':');
      fields.put(
          field.substring(0, colon).toLowerCase(Locale.ROOT), field.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(fields.getOrDefault("content-length", "0"));
    return new Answer(status, fields, new String(in.readNBytes(length), UTF_8));
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection ended after: " + line);
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }

  /** What comes until the other side ends the connection, in whichever way it does. */
  String untilTheEnd() throws IOException {
    StringBuilder text = new StringBuilder();
    try {
      for (int c = in.read(); c >= 0; c = in.read()) {
        text.append((char) c);
      }
    } catch (SocketException e) {
      // Cut.
    }
    return text.toString();
  }

  /** Says that nothing more will be sent, and goes on reading. */
  void sayNoMore() throws IOException {
    socket.shutdownOutput();
  }

  /** Ends the connection as a process does that is killed. */
  void die() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing", e);
    }
  }
}
