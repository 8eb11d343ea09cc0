package dev.windfall.kind.demo;

import java.io.Serial;

/** The demo cannot go on; its message is a sentence for who started it. */
public final class DemoException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  DemoException(String message) {
    super(message);
  }
}
