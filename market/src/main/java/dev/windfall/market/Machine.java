package dev.windfall.market;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import java.io.IOException;

/** What offers of one type in one region have in common. */
record Machine(
    String provider,
    String region,
    String instanceType,
    Architecture architecture,
    Gpu gpu,
    int cpu,
    Memory memory) {

  static Machine of(Offer offer) {
    return new Machine(
        offer.provider(),
        offer.region(),
        offer.key().instanceType(),
        offer.architecture(),
        offer.gpu(),
        offer.cpu(),
        offer.memory());
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartArray();
    json.writeString(provider);
    json.writeString(region);
    json.writeString(instanceType);
    json.writeString(architecture.toString());
    json.writeString(gpu.manufacturer());
    json.writeString(gpu.model());
    json.writeNumber(gpu.count());
    json.writeNumber(gpu.memory().bytes());
    json.writeNumber(cpu);
    json.writeNumber(memory.bytes());
    json.writeEndArray();
  }
}
