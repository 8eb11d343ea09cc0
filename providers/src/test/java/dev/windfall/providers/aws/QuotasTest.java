package dev.windfall.providers.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.policies.Architecture;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.providers.aws.Quotas.Quota;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuotasTest {
  private static final Memory SOME = Memory.parse("16Gi");

  @ParameterizedTest
  @CsvSource({
    "g6.xlarge, All G and VT Spot Instance Requests",
    "g6e.48xlarge, All G and VT Spot Instance Requests",
    "gr6.4xlarge, All G and VT Spot Instance Requests",
    "p4d.24xlarge, 'All P4, P3 and P2 Spot Instance Requests'",
    "p5.48xlarge, All P5 Spot Instance Requests",
    "p5en.48xlarge, All P5 Spot Instance Requests",
    "u-p6e-gb200x72.metal, ",
    "p6-b200.48xlarge, ",
  })
  void aFamilyCountsAgainstTheQuotaThatNamesIt(String type, String quota) {
    Quotas quotas =
        Quotas.of(
            List.of(
                new Quota("All G and VT Spot Instance Requests", 1),
                new Quota("All P4, P3 and P2 Spot Instance Requests", 1),
                new Quota("All P5 Spot Instance Requests", 1),
                new Quota("All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 1),
                new Quota("Running On-Demand P instances", 1)));

    assertEquals(
        quota,
        quotas
            .against(machine(type, 2), "r")
            .map(reason -> reason.split("\"", -1)[1])
            .orElse(null));
  }

  @ParameterizedTest
  @CsvSource({"95, true", "96, false", "0, true"})
  void aMachineThatTheQuotaJustHoldsIsAllowed(double vcpus, boolean barred) {
    Quotas quotas = Quotas.of(List.of(new Quota("All P Spot Instance Requests", vcpus)));

    assertEquals(barred, quotas.against(machine("p4d.24xlarge", 96), "r").isPresent());
  }

  private static Machine machine(String type, int cpu) {
    Gpu gpu = new Gpu("NVIDIA", "L4", 1, SOME);
    return new Machine(type, Architecture.AMD64, gpu, cpu, SOME, true, true);
  }
}
