package dev.windfall.webhook;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A certificate authority that cannot be used, and what to do about it. Never shows a key. */
public final class AuthorityException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  AuthorityException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
