package dev.windfall.webhook;

import static dev.windfall.webhook.Pods.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.flipkart.zjsonpatch.JsonPatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PatchTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {}               | {'a':{'b':1}}       | [{'op':'add','path':'/a','value':{'b':1}}]
          {'a':null}       | {'a':[1]}           | [{'op':'add','path':'/a','value':[1]}]
          {'a':[]}         | {'a':[1,2]}         | [{'op':'add','path':'/a/-','value':1},{'op':'add','path':'/a/-','value':2}]
          {'a':[{'b':1}]}  | {'a':[{'b':1,'c':2}]} | [{'op':'add','path':'/a/0/c','value':2}]
          {'a':{}}         | {'a':{'x/y~z':'v'}} | [{'op':'add','path':'/a/x~1y~0z','value':'v'}]
          {'a':'default'}  | {'a':'own'}         | [{'op':'replace','path':'/a','value':'own'}]
          {'a':[1],'b':{}} | {'a':[1],'b':{}}    | []
          """)
  void addsWhatIsNewWhereItCanBeAdded(String before, String after, String operations) {
    var patch = Patch.between(json(before), json(after));

    assertEquals(json("{'p':" + operations + "}").get("p"), patch);
    assertEquals(json(after), JsonPatch.apply(patch, json(before)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{'a':null}", "{'a':[]}", "{'a':{}}", "{'a':'x'}", "{'a':[2]}"})
  void refusesToTakeAnythingAway(String after) {
    assertThrows(IllegalStateException.class, () -> Patch.between(json("{'a':[1]}"), json(after)));
  }
}
