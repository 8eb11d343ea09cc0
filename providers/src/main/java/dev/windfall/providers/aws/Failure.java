package dev.windfall.providers.aws;

import java.io.IOException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Why a question was not answered, in words for people.
 *
 * <p>What AWS says besides its code is never repeated: refusals quote signatures, session names,
 * account numbers, and the whole decision in a code of a thousand letters. Only which kind of
 * policy decided is taken from it.
 */
record Failure(Kind kind, String sentence) {
  private static final Set<String> NOT_ALLOWED =
      Set.of("UnauthorizedOperation", "AccessDenied", "AccessDeniedException");

  private static final Set<String> NOT_BELIEVED =
      Set.of(
          "AuthFailure",
          "ExpiredToken",
          "ExpiredTokenException",
          "IncompleteSignature",
          "InvalidClientTokenId",
          "InvalidSignatureException",
          "MissingAuthenticationToken",
          "RequestExpired",
          "SignatureDoesNotMatch",
          "UnrecognizedClientException");

  private static final String NOT_GIVEN =
      "cannot be asked, since AWS does not give the role to Windfall's service account; compare the"
          + " role's trust policy with deploy/aws/trust-irsa.json";

  private static final Pattern DECIDED =
      Pattern.compile(
          "(?<forbids>with an explicit deny in an?|because no) (?<layer>service control policy"
              + "|resource control policy|permissions boundary|session policy|VPC endpoint policy"
              + "|identity-based policy|resource-based policy)");

  /** What to expect of the next question. */
  enum Kind {
    /** An answer of a kind: what AWS grants is known, and asking again soon changes nothing. */
    DENIED,
    /** This one failed; others may be answered. */
    REFUSED,
    /** Nobody answers there. */
    UNREACHABLE
  }

  static Failure of(Fact fact, RuntimeException why) {
    return switch (why) {
      case AwsServiceException said -> answered(fact, said);
      case ApiCallTimeoutException _ -> unanswered("gives no answer in time");
      case ApiCallAttemptTimeoutException _ -> unanswered("gives no answer in time");
      case SdkClientException broken -> broken(broken);
      case UnusableAnswerException unusable ->
          new Failure(Kind.REFUSED, String.valueOf(unusable.getMessage()));
      default -> new Failure(Kind.REFUSED, "gives an answer that cannot be used");
    };
  }

  private static Failure answered(Fact fact, AwsServiceException said) {
    String code = said.awsErrorDetails() == null ? "" : said.awsErrorDetails().errorCode();
    String shown = code == null || code.isEmpty() ? "status " + said.statusCode() : bounded(code);
    if (ofTheRole(said)) {
      return unanswered(
          NOT_ALLOWED.contains(shown)
              ? NOT_GIVEN
              : "cannot be asked, since AWS gives no credentials (" + shown + ")");
    }
    if (NOT_ALLOWED.contains(shown)) {
      return new Failure(Kind.DENIED, "is denied; " + advice(fact, said));
    }
    // The JDK's HTTP client throws the body of a 401 away, and with it the code.
    if (NOT_BELIEVED.contains(shown) || said.statusCode() == 401) {
      return new Failure(
          Kind.REFUSED, "is refused, since AWS does not accept the credentials (" + shown + ")");
    }
    return new Failure(
        Kind.REFUSED,
        said.isThrottlingException() || shown.equals("RequestLimitExceeded")
            ? "is throttled (" + shown + ")"
            : "fails with " + shown);
  }

  /**
   * Whether it is no answer to the question, but to the one for the role, which credentials are
   * renewed by. It says nothing of what the role allows.
   */
  private static boolean ofTheRole(AwsServiceException said) {
    return said.awsErrorDetails() != null
        && "Sts".equalsIgnoreCase(said.awsErrorDetails().serviceName());
  }

  /** A policy that others have laid around the role is not mended by what the role allows. */
  private static String advice(Fact fact, AwsServiceException said) {
    Matcher decided =
        DECIDED.matcher(
            said.awsErrorDetails() == null
                ? ""
                : String.valueOf(said.awsErrorDetails().errorMessage()));
    if (!decided.find()) {
      return fact.iam().advice();
    }
    String layer = decided.group("layer");
    if (decided.group("forbids").startsWith("with")) {
      return "an explicit deny in %s %s forbids %s, whatever else allows it"
          .formatted(layer.startsWith("identity") ? "an" : "a", layer, fact.right());
    }
    return layer.startsWith("identity")
        ? fact.iam().advice()
        : "no %s allows %s, and Windfall's role alone cannot".formatted(layer, fact.right());
  }

  private static Failure broken(SdkClientException broken) {
    String said = String.valueOf(broken.getMessage());
    if (said.startsWith("Unable to load credentials")) {
      return unanswered(
          said.contains("sts:AssumeRoleWithWebIdentity")
              ? NOT_GIVEN
              : "cannot be asked without credentials; give Windfall's pod a role, or set"
                  + " AWS_PROFILE");
    }
    IOException io = io(broken);
    if (io == null) {
      return new Failure(Kind.REFUSED, "gives an answer that cannot be read");
    }
    return unanswered("cannot be reached (" + io.getClass().getSimpleName() + ")");
  }

  private static @Nullable IOException io(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof IOException io) {
        return io;
      }
    }
    return null;
  }

  private static Failure unanswered(String sentence) {
    return new Failure(Kind.UNREACHABLE, sentence);
  }

  private static String bounded(String code) {
    return code.length() > 60 ? code.substring(0, 60) + "…" : code;
  }
}
