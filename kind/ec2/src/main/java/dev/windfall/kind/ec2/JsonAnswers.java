package dev.windfall.kind.ec2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.ec2.Pages.Page;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What Pricing, Service Quotas and the Spot Advisor answer, in JSON. */
final class JsonAnswers {
  private static final List<String> BANDS = List.of("<5%", "5-10%", "10-15%", "15-20%", ">20%");

  private final ObjectMapper mapper = new ObjectMapper();
  private final Pages pages;

  JsonAnswers(Pages pages) {
    this.pages = pages;
  }

  /** {@code GetProducts} asks one region about all, so the region it names counts. */
  String products(Asked asked, Collection<Region> regions) {
    JsonNode body = body(asked);
    String named = filter(body, "regionCode").orElse("");
    Optional<List<String>> types =
        filter(body, "instanceType").map(list -> Arrays.asList(list.split(",")));
    List<Map.Entry<String, String>> all =
        regions.stream()
            .filter(region -> region.name().equals(named))
            .flatMap(region -> region.listed().entrySet().stream())
            .filter(one -> types.isEmpty() || types.get().contains(one.getKey()))
            .toList();
    Page<Map.Entry<String, String>> page = pages.cut(all, body.path("NextToken").asText(""));
    ObjectNode answer = mapper.createObjectNode().put("FormatVersion", "aws_v1");
    ArrayNode list = answer.putArray("PriceList");
    page.items().forEach(one -> list.add(product(one.getKey(), one.getValue()).toString()));
    if (!page.next().isEmpty()) {
      answer.put("NextToken", page.next());
    }
    return answer.toString();
  }

  private ObjectNode product(String type, String usd) {
    ObjectNode product = mapper.createObjectNode();
    product
        .putObject("product")
        .put("productFamily", "Compute Instance")
        .putObject("attributes")
        .put("instanceType", type)
        .put("operatingSystem", "Linux");
    product
        .putObject("terms")
        .putObject("OnDemand")
        .putObject("A.B")
        .putObject("priceDimensions")
        .putObject("A.B.C")
        .put("unit", "Hrs")
        .putObject("pricePerUnit")
        .put("USD", usd);
    return product;
  }

  String quotas(Asked asked, Region region) {
    JsonNode body = body(asked);
    Page<Map.Entry<String, Double>> page =
        pages.cut(List.copyOf(region.quotas().entrySet()), body.path("NextToken").asText(""));
    ObjectNode answer = mapper.createObjectNode();
    ArrayNode list = answer.putArray("Quotas");
    page.items()
        .forEach(quota ->
            list.addObject()
                .put("ServiceCode", "ec2")
                .put("QuotaName", quota.getKey())
                .put("Value", quota.getValue()));
    if (!page.next().isEmpty()) {
      answer.put("NextToken", page.next());
    }
    return answer.toString();
  }

  String advisor(Collection<Region> regions) {
    ObjectNode answer = mapper.createObjectNode();
    ArrayNode ranges = answer.putArray("ranges");
    for (int i = 0; i < BANDS.size(); i++) {
      ranges.addObject().put("index", i).put("label", BANDS.get(i));
    }
    ObjectNode advised = answer.putObject("spot_advisor");
    for (Region region : regions) {
      ObjectNode linux = advised.putObject(region.name()).putObject("Linux");
      region.bands().forEach((type, band) -> linux.putObject(type).put("s", 60).put("r", band));
    }
    return answer.toString();
  }

  String error(String code, String message) {
    return mapper.createObjectNode().put("__type", code).put("message", message).toString();
  }

  private JsonNode body(Asked asked) {
    try {
      return mapper.readTree(asked.one("body"));
    } catch (JsonProcessingException e) {
      throw new Refusal(400, "SerializationException", "The body is not JSON.");
    }
  }

  private static Optional<String> filter(JsonNode body, String field) {
    for (JsonNode filter : body.path("Filters")) {
      if (filter.path("Field").asText().equals(field)) {
        return Optional.of(filter.path("Value").asText());
      }
    }
    return Optional.empty();
  }
}
