package dev.windfall.policies;

import dev.windfall.policies.WindfallConfig.Admission;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Reads the section {@code admission}. */
final class AdmissionReader {
  /** What {@code certificates} says when they are Windfall's own. */
  private static final String SELF = "self";

  private static final Shape<Duration> SETTLE =
      text -> {
        Duration settle = Shape.DURATION.read(text);
        if (settle.compareTo(Duration.ofSeconds(1)) < 0
            || settle.compareTo(Duration.ofHours(1)) > 0) {
          throw new IllegalArgumentException("must be from 1s to 1h");
        }
        return settle;
      };

  private AdmissionReader() {}

  /**
   * Reads it; what is wrong is a problem of {@code section}.
   *
   * @param port how a port is read
   * @param path how a path is read
   */
  static Admission read(Section section, Shape<Integer> port, Shape<Path> path) {
    Admission admission =
        new Admission(
            section.value("host", Shape.TEXT, "0.0.0.0"),
            section.value("port", port, 8443),
            section.value("service", maybe(Shape.TEXT), Optional.empty()),
            section.value("url", maybe(AdmissionReader::url), Optional.empty()),
            section.value(
                "certificates",
                text -> text.equals(SELF) ? Optional.empty() : Optional.of(path.read(text)),
                Optional.empty()),
            section.value("settle", SETTLE, Duration.ofMinutes(1)));
    if (admission.url().isPresent() && admission.service().isPresent()) {
      section.reject("url", "admission.url and admission.service exclude each other; set one");
    }
    section.refuseUnknown();
    return admission;
  }

  private static <T> Shape<Optional<T>> maybe(Shape<T> shape) {
    return text -> text.isBlank() ? Optional.empty() : Optional.of(shape.read(text));
  }

  private static URI url(String text) {
    try {
      URI url = new URI(text);
      boolean bare =
          url.getRawUserInfo() == null
              && (url.getRawPath().isEmpty() || url.getRawPath().equals("/"))
              && url.getRawQuery() == null
              && url.getRawFragment() == null;
      if ("https".equals(url.getScheme()) && url.getHost() != null && bare) {
        return new URI("https://" + url.getRawAuthority());
      }
    } catch (URISyntaxException e) {
      // Said below: the exception's words name a position that nobody sees.
    }
    throw new IllegalArgumentException("must be a URL such as https://windfall.example:8443");
  }
}
