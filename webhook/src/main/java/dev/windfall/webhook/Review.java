package dev.windfall.webhook;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;

/**
 * One AdmissionReview of {@code admission.k8s.io/v1}: the question, and how it is answered.
 *
 * @param uid which the answer has to repeat
 * @param request as the API server sent it
 */
record Review(String uid, JsonNode request) {
  private static final String API_VERSION = "admission.k8s.io/v1";
  private static final String KIND = "AdmissionReview";

  private static final int LONGEST_UID = 256;
  private static final int FORBIDDEN = 403;

  /**
   * Reads what the API server posted.
   *
   * @throws UnreadableReviewException when no answer to it would be understood
   */
  static Review read(byte[] body) {
    JsonNode review;
    try {
      review = Json.MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw new UnreadableReviewException(
          "reading an AdmissionReview: " + Warnings.line(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new UnreadableReviewException("reading an AdmissionReview from memory", e);
    }
    expect("apiVersion", API_VERSION, review);
    expect("kind", KIND, review);
    JsonNode said = review.path("request").path("uid");
    // A number would come back as this language writes it.
    String uid = said.isTextual() ? said.textValue() : "";
    if (uid.isEmpty() || uid.length() > LONGEST_UID || !Warnings.line(uid).equals(uid)) {
      throw new UnreadableReviewException(
          "reading an AdmissionReview: request.uid must have 1 to "
              + LONGEST_UID
              + " printable characters",
          null);
    }
    return new Review(uid, review.path("request"));
  }

  private static void expect(String field, String wanted, JsonNode review) {
    String found = review.path(field).asText("");
    if (!found.equals(wanted)) {
      throw new UnreadableReviewException(
          "reading an AdmissionReview: %s \"%s\" is not %s"
              .formatted(field, Warnings.line(found), wanted),
          null);
    }
  }

  /** Whether a pod is being created, rather than anything else done to anything. */
  boolean createsPod() {
    JsonNode resource = request.path("resource");
    return request.path("operation").asText().equals("CREATE")
        && request.path("subResource").asText("").isEmpty()
        && resource.path("group").asText("").isEmpty()
        && resource.path("version").asText().equals("v1")
        && resource.path("resource").asText().equals("pods");
  }

  JsonNode object() {
    return request.path("object");
  }

  /** Where it is being created; the object itself need not say. */
  String namespace() {
    return request.path("namespace").asText("");
  }

  /** What is being created, for the log; a pod made by a controller has no name yet. */
  String subject() {
    JsonNode metadata = object().path("metadata");
    String name = metadata.path("name").asText("");
    return "pod "
        + namespace()
        + "/"
        + (name.isEmpty() ? metadata.path("generateName").asText("") + "*" : name);
  }

  /**
   * The answer that refuses it.
   *
   * @param message what the person who creates it reads
   */
  byte[] refused(String message, Iterable<String> warnings) {
    ObjectNode answer = Json.object().put("apiVersion", API_VERSION).put("kind", KIND);
    ObjectNode response = answer.putObject("response").put("uid", uid).put("allowed", false);
    response
        .putObject("status")
        .put("code", FORBIDDEN)
        .put("reason", "Forbidden")
        .put("message", message);
    add(response, warnings);
    return Json.bytes(answer);
  }

  private static void add(ObjectNode response, Iterable<String> warnings) {
    ArrayNode lines = Json.MAPPER.createArrayNode();
    warnings.forEach(lines::add);
    if (!lines.isEmpty()) {
      response.set("warnings", lines);
    }
  }

  /**
   * The answer that lets it pass.
   *
   * @param patch RFC 6902 operations; none: as it is
   * @param audit what the audit log shall say, each under the webhook's name and its key
   */
  byte[] allowed(ArrayNode patch, Iterable<String> warnings, Map<String, String> audit) {
    ObjectNode answer = Json.object().put("apiVersion", API_VERSION).put("kind", KIND);
    ObjectNode response = answer.putObject("response").put("uid", uid).put("allowed", true);
    if (!patch.isEmpty()) {
      response.put("patchType", "JSONPatch");
      response.put("patch", Base64.getEncoder().encodeToString(Json.bytes(patch)));
    }
    add(response, warnings);
    if (!audit.isEmpty()) {
      audit.forEach(response.putObject("auditAnnotations")::put);
    }
    return Json.bytes(answer);
  }
}
