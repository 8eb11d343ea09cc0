package dev.windfall.webhook;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** What was posted is no AdmissionReview that could be answered: 400 in terms of HTTP. */
public final class UnreadableReviewException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  UnreadableReviewException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
