package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonPathTest {
  private static final String OBJECT =
      """
      {'a':{'b':1,'x.y/z':2,'list':[{'type':'Ready','status':'True','n':1},{'type':'Other','status':'False','n':2}]}}\
      """;

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        ".a.b,[1]",
        ".a.x\\.y/z,[2]",
        ".a['x.y/z'],[2]",
        ".a['x\\.y/z'],[2]",
        ".a.list[1].status,[\"False\"]",
        ".a.list[?(@.type==\"Ready\")].status,[\"True\"]",
        ".a.list[?(@.type=='Other')].status,[\"False\"]",
        ".a.list[?(@.n==2)].type,[\"Other\"]",
        ".a.list[5].status,[]",
        ".a.nothing.at.all,[]",
        ".a.list[?(@.type==\"None\")].status,[]",
      })
  void aPathLeadsToWhatItNames(String path, String found) {
    assertEquals(found, JsonPath.parse(path).find(Http.json(OBJECT)).toString());
  }
}
