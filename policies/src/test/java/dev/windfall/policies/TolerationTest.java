package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TolerationTest {
  @ParameterizedTest(name = "{0}|{1}|{2}|{3} tolerates the GPU taint: {4}, the rung''s: {5}")
  @CsvSource(
      textBlock =
          """
          nvidia.com/gpu,    Exists, '',      NoSchedule, true,  false
          nvidia.com/gpu,    Exists, '',      '',         true,  false
          nvidia.com/gpu,    Equal,  true,    NoSchedule, true,  false
          nvidia.com/gpu,    '',     true,    NoSchedule, true,  false
          nvidia.com/gpu,    Equal,  present, NoSchedule, false, false
          nvidia.com/gpu,    Equal,  '',      NoSchedule, false, false
          nvidia.com/gpu,    Exists, '',      NoExecute,  false, false
          windfall.dev/rung, Exists, '',      NoSchedule, false, true
          windfall.dev/rung, Equal,  '',      '',         false, true
          windfall.dev/rung, Equal,  x,       NoSchedule, false, false
          '',                Exists, '',      '',         true,  true
          '',                Exists, '',      NoExecute,  false, false
          '',                Equal,  true,    '',         false, false
          nvidia.com/gpu,    Gt,     true,    NoSchedule, false, false
          """)
  void toleratesWhatKubernetesSaysItDoes(
      String key, String operator, String value, String effect, boolean gpu, boolean rung)
      throws IOException {
    Toleration toleration = new Toleration(key, operator, value, effect);

    assertEquals(gpu, toleration.tolerates(SpotPool.Taint.GPU));
    assertEquals(rung, toleration.tolerates(SpotPool.Taint.RUNG));
    assertEquals(rung, podWith(toleration).toleratesRungs(), "a pod with this toleration agrees");
  }

  private static Pod podWith(Toleration toleration) throws IOException {
    String json =
        """
        {"spec":{"tolerations":[{"key":"%s","operator":"%s","value":"%s","effect":"%s"}]}}\
        """
            .formatted(
                toleration.key(), toleration.operator(), toleration.value(), toleration.effect());
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      parser.nextToken();
      return Pod.read(parser);
    }
  }
}
