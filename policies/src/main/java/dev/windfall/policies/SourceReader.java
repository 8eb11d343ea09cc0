package dev.windfall.policies;

import dev.windfall.policies.WindfallConfig.Source;
import dev.windfall.policies.WindfallConfig.Source.Aws;
import dev.windfall.policies.WindfallConfig.Source.Aws.Endpoints;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads one entry of {@code market.sources}. */
final class SourceReader {
  private static final Duration SOONEST = Duration.ofSeconds(1);
  private static final Duration LATEST = Duration.ofHours(1);

  private static final Shape<String> REGION =
      Shape.matching(Aws.REGION, "must be a region such as eu-central-1");

  private static final Shape<Duration> EVERY =
      text -> {
        Duration every = Shape.DURATION.read(text);
        if (every.compareTo(SOONEST) < 0 || every.compareTo(LATEST) > 0) {
          throw new IllegalArgumentException("must be from 1s to 1h");
        }
        return every;
      };

  private static final Shape<Optional<URI>> MAYBE_URL =
      text -> text.isBlank() ? Optional.empty() : Optional.of(url(text));

  private SourceReader() {}

  /**
   * Reads an entry.
   *
   * @param path how a path in it is read
   * @return empty when it is wrong, which is then a problem of {@code source}
   */
  static Optional<Source> read(Section source, Shape<Path> path) {
    Optional<String> type = source.required("type", Shape.oneOf("file", "aws"));
    if (type.isPresent() && type.get().equals("aws")) {
      return aws(source).map(aws -> aws);
    }
    Optional<Path> file =
        type.isPresent() ? source.required("path", path) : source.value("path", path);
    if (type.isPresent()) {
      source.refuseUnknown();
    }
    return source.clean() ? file.map(Source.File::new) : Optional.empty();
  }

  private static Optional<Aws> aws(Section source) {
    List<String> regions = source.list("regions", REGION);
    if (regions.isEmpty() && source.clean()) {
      source.reject("regions", "regions must name at least one region, such as [eu-central-1]");
    }
    Set<String> seen = new HashSet<>();
    for (String region : regions) {
      if (!seen.add(region)) {
        source.reject("regions", "regions \"" + region + "\" is given twice");
      }
    }
    Duration every = source.value("every", EVERY, Duration.ofMinutes(1));
    Section section = source.section("endpoints");
    Endpoints endpoints =
        new Endpoints(
            section.value("ec2", MAYBE_URL, Optional.empty()),
            section.value("pricing", MAYBE_URL, Optional.empty()),
            section.value("quotas", MAYBE_URL, Optional.empty()),
            section.value("advisor", MAYBE_URL, Optional.empty()));
    section.refuseUnknown();
    source.refuseUnknown();
    return source.clean() ? Optional.of(new Aws(regions, every, endpoints)) : Optional.empty();
  }

  private static URI url(String text) {
    try {
      URI uri = new URI(text);
      if (uri.getUserInfo() != null) {
        throw new IllegalArgumentException(
            "must be a URL such as https://host/, without a name and a password");
      }
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri;
      }
      throw new IllegalArgumentException("must be a URL such as https://host/");
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("must be a URL such as https://host/", e);
    }
  }
}
