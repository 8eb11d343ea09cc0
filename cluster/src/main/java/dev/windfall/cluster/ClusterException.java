package dev.windfall.cluster;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A call to the API server that did not succeed. The message is a sentence that names the verb, the
 * object, the HTTP status and what the API server said: {@code patching nodepool gpu-x: 409
 * Conflict: the object has been modified}.
 */
public final class ClusterException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final int status;
  private final String reason;
  private final Duration retryAfter;

  ClusterException(
      int status, String reason, Duration retryAfter, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  /** The HTTP status, or 0 when no answer came. A write without an answer may have been applied. */
  public int status() {
    return status;
  }

  /** The API server's own word for it, e.g. {@code AlreadyExists}; empty when it gave none. */
  public String reason() {
    return reason;
  }

  /** How long the API server asks to wait; zero when it does not say. */
  public Duration retryAfter() {
    return retryAfter;
  }

  /** 409: the object has moved on since it was read, or a name is taken. */
  public boolean isConflict() {
    return status == 409;
  }

  /** 409 because an object of this name exists already. */
  public boolean isAlreadyExists() {
    return status == 409 && reason.equals("AlreadyExists");
  }

  /** 404: no such object, or no such kind. */
  public boolean isNotFound() {
    return status == 404;
  }

  /** 410: the version asked for is older than the API server remembers. */
  public boolean isGone() {
    return status == 410;
  }

  /**
   * Whether the request itself was not understood: asking again is no use, asking otherwise may be.
   */
  boolean saysUnsupported() {
    return switch (status) {
      case 401, 403, 404, 408, 410, 429 -> false;
      default -> status >= 400 && status < 500;
    };
  }
}
