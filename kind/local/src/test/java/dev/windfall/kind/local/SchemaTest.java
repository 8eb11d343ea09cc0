package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.kind.local.Caller.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Definitions that are taken or refused, and what becomes of objects on the way to the store. */
class SchemaTest {
  private static final String PATH = "/apis/test.example/v1/pools";
  private static final String SPEC =
      """
      {'type':'object','properties':{
        'name':{'type':'string'},
        'size':{'type':'integer','default':3,'minimum':1},
        'zones':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['id'],
          'items':{'type':'object','required':['id'],'properties':{
            'id':{'type':'string'},'weight':{'type':'integer','default':1}},
            'x-kubernetes-validations':[
              {'rule':'self.weight >= oldSelf.weight','message':'a weight only grows'}]}}},
       'x-kubernetes-validations':[
         {'rule':'!has(oldSelf.name) || self.name == oldSelf.name','message':'the name stays'}]}\
      """;

  private final LocalApiServer server = LocalApiServer.start();
  private final Caller caller = new Caller(server.uri());

  @BeforeEach
  void define() throws Exception {
    assertEquals(201, caller.post(Caller.DEFINITIONS, definition(SPEC)).code());
  }

  @AfterEach
  void stop() {
    caller.close();
    server.close();
  }

  private static String definition(String spec) {
    return """
    {'apiVersion':'apiextensions.k8s.io/v1','kind':'CustomResourceDefinition',
     'metadata':{'name':'pools.test.example'},'spec':{'group':'test.example','scope':'Cluster',
     'names':{'plural':'pools','kind':'Pool'},'versions':[{'name':'v1','served':true,'storage':true,
     'subresources':{'status':{}},'schema':{'openAPIV3Schema':{'type':'object','properties':{
       'spec':%s,
       'status':{'type':'object','required':['phase'],'properties':{'phase':{'type':'string','enum':['A','B']}}}
     }}}}]}}\
    """
        .formatted(spec);
  }

  /** A definition of another kind than the one that is there. */
  private Answer define(String spec) throws Exception {
    return caller.post(Caller.DEFINITIONS, definition(spec).replace("pools", "others"));
  }

  private JsonNode created(String spec) throws Exception {
    Answer created = caller.post(PATH, "{'metadata':{'name':'a'},'spec':" + spec + "}");
    assertEquals(201, created.code(), created.message());
    return created.body().path("spec");
  }

  @Test
  void defaultsAreFilledInAtEveryDepthWhenAnObjectIsCreated() throws Exception {
    JsonNode spec = created("{'zones':[{'id':'a'},{'id':'b','weight':5}]}");

    assertEquals(3, spec.path("size").asInt());
    assertEquals(1, spec.at("/zones/0/weight").asInt());
    assertEquals(5, spec.at("/zones/1/weight").asInt());
  }

  @Test
  void defaultsComeBackWhenAnUpdateTakesThemAway() throws Exception {
    created("{'size':7}");

    assertEquals(
        3, caller.merge(PATH + "/a", "{'spec':{'size':null}}").body().at("/spec/size").asInt());
    assertEquals(
        3,
        caller
            .put(PATH + "/a", "{'metadata':{'name':'a'},'spec':{}}")
            .body()
            .at("/spec/size")
            .asInt());
  }

  @Test
  void anUnknownFieldIsDroppedWithAWarning() throws Exception {
    created("{}");
    Answer patched = caller.merge(PATH + "/a", "{'spec':{'colour':'red'}}");

    assertEquals(List.of("299 - \"unknown field \\\"spec.colour\\\"\""), patched.warnings());
    assertTrue(patched.body().at("/spec/colour").isMissingNode());
  }

  @Test
  void anUnknownFieldIsRefusedWhereTheClientAsksForThat() throws Exception {
    created("{}");
    Answer patched = caller.merge(PATH + "/a?fieldValidation=Strict", "{'spec':{'colour':'red'}}");
    assertEquals(422, patched.code());
    assertTrue(
        patched.message().startsWith(" \"\" is invalid: patch: Invalid value: "),
        patched.message());
    assertTrue(
        patched.message().endsWith("strict decoding error: unknown field \"spec.colour\""),
        patched.message());

    Answer replaced =
        caller.put(
            PATH + "/a?fieldValidation=Strict", "{'metadata':{'name':'a'},'spec':{'colour':1}}");
    assertEquals(400, replaced.code());
    assertEquals(
        "Pool in version \"v1\" cannot be handled as a Pool: strict decoding error: unknown field"
            + " \"spec.colour\"",
        replaced.message());
  }

  @Test
  void anUnknownWayToValidateIsRefused() throws Exception {
    assertEquals(
        "CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"Bogus\":"
            + " supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
        caller.post(PATH + "?fieldValidation=Bogus", "{'metadata':{'name':'a'}}").message());
  }

  @Test
  void aStatusIsHeldToItsSchemaToo() throws Exception {
    created("{}");
    Answer bad = caller.merge(PATH + "/a/status", "{'status':{'phase':'Q'}}");

    assertEquals(422, bad.code());
    assertEquals(
        "status.phase: Unsupported value: \"Q\": supported values: \"A\", \"B\"",
        bad.causes().getFirst());
    assertEquals(200, caller.merge(PATH + "/a/status", "{'status':{'phase':'A'}}").code());
  }

  @Test
  void aRuleSeesTheValueBefore() throws Exception {
    created("{'name':'x'}");
    Answer renamed = caller.merge(PATH + "/a", "{'spec':{'name':'y'}}");

    assertEquals(List.of("spec: Invalid value: the name stays"), renamed.causes());
    assertEquals(200, caller.merge(PATH + "/a", "{'spec':{'size':9}}").code());
  }

  @Test
  void aRuleOfAnEntryIsHeldAgainstTheEntryOfTheSameKey() throws Exception {
    created("{'zones':[{'id':'a','weight':5},{'id':'b','weight':2}]}");

    assertEquals(
        200,
        caller
            .merge(
                PATH + "/a",
                "{'spec':{'zones':[{'id':'c'},{'id':'b','weight':3},{'id':'a','weight':5}]}}")
            .code());
    assertEquals(
        List.of("spec.zones[0]: Invalid value: a weight only grows"),
        caller.merge(PATH + "/a", "{'spec':{'zones':[{'id':'b','weight':2}]}}").causes());
  }

  @Test
  void aNewDefinitionHoldsFromTheNextWriteOn() throws Exception {
    created("{'size':7}");
    String narrower = definition(SPEC.replace("'minimum':1", "'maximum':5"));
    assertEquals(200, caller.put(Caller.DEFINITIONS + "/pools.test.example", narrower).code());

    assertEquals(
        List.of("spec.size: Invalid value: 7: spec.size in body should be less than or equal to 5"),
        caller.merge(PATH + "/a", "{'spec':{'name':'x'}}").causes());
  }

  @Test
  void aRuleOfTheWholeObjectSeesTheNameThatIsMadeUp() throws Exception {
    String rule =
        "'x-kubernetes-validations':[{'rule':'self.metadata.name.size() > 2'}],'properties':{";
    String definition = definition("{'type':'object'}").replaceFirst("'properties':\\{", rule);
    caller.post(Caller.DEFINITIONS, definition.replace("pools", "others"));
    String others = "/apis/test.example/v1/others";

    assertEquals(201, caller.post(others, "{'metadata':{'generateName':'a-'}}").code());
    assertEquals(
        List.of("<nil>: Invalid value: failed rule: self.metadata.name.size() > 2"),
        caller.post(others, "{'metadata':{'name':'a'}}").causes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "size(self.s.find('[0-9]+')) == 2 && self.s.findAll('[a-z]') == ['a', 'b']",
        "self.l.isSorted() && self.l.sum() == 6 && self.l.min() == 1 && self.l.max() == 3",
        "quantity('1Gi').isGreaterThan(quantity('500M')) && !isQuantity('1gb')",
        "quantity('1k').compareTo(quantity('1000')) == 0",
        "isIP('::1') && isIP('127.0.0.1') && !isIP('localhost')",
        "self.d < duration('2h') && self.t > timestamp('2020-01-01T00:00:00Z')",
        "self.?nothing.orValue('x') == 'x' && self.s.split('1')[0] == 'a'",
        "self.m.all(key, key.startsWith('k')) && 'k1' in self.m",
        "self.l.all(i, each, each == i + 1)",
        "self.x__dash__y == 'z' && self.__namespace__ == 'n' && type(self.s) == string",
        "sets.contains(self.l, [1, 2]) && cel.bind(x, self.s, x == x)",
      })
  void aRuleMayUse(String rule) throws Exception {
    Answer defined = define(rich(rule));
    assertEquals(201, defined.code(), defined.message());

    String value =
        """
        {'metadata':{'name':'a'},'spec':{'s':'a12b','l':[1,2,3],'d':'1h30m','t':'2024-01-01T00:00:00Z',
         'm':{'k1':'v'},'x-y':'z','namespace':'n'}}\
        """;
    Answer good = caller.post("/apis/test.example/v1/others", value);
    assertEquals(201, good.code(), good.message());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "self.nope == 1",
        "self.s == 1",
        "self.s +",
        "self.s",
        "isURL(self.s)",
        "self.m.k1.startsWith('a') && foo(self)",
      })
  void aRuleThatCannotBeCompiledRefusesTheDefinition(String rule) throws Exception {
    Answer refused = define(rich(rule));

    assertEquals(422, refused.code());
    assertTrue(
        refused
            .causes()
            .getFirst()
            .startsWith(
                "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule:"
                    + " Invalid value: "),
        refused.message());
    assertTrue(refused.message().contains(rule.replace("\"", "\\\"")), refused.message());
  }

  private static String rich(String rule) {
    String spec =
        """
        {"type":"object","properties":{
         "s":{"type":"string"},"l":{"type":"array","items":{"type":"integer"}},
         "nothing":{"type":"string"},"x-y":{"type":"string"},"namespace":{"type":"string"},
         "d":{"type":"string","format":"duration"},"t":{"type":"string","format":"date-time"},
         "m":{"type":"object","additionalProperties":{"type":"string"}}},
         "x-kubernetes-validations":[{"rule":"%s"}]}\
        """
            .formatted(rule);
    // Single quotes stand for double ones in a definition, and for themselves in a rule.
    return spec.replace("'", "\\u0027").replace('"', '\'');
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'object','foo':1} > foo: Forbidden: this keyword is not known",
        "{'type':'objekt'} > type: Unsupported value: \"objekt\": supported values: \"array\","
            + " \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
        "{'properties':{}} > type: Required value: must not be empty for specified object fields",
        "{'type':'array'} > items: Required value: must be specified",
        "{'type':'object','$ref':'#/x'} > $ref: Forbidden: $ref is not supported",
        "{'type':'string','pattern':'('} > pattern: Invalid value: \"(\": must be a valid regular"
            + " expression, but isn't: error parsing regexp: missing closing ): `(`",
        "{'type':'string','default':5} > default: Invalid value: \"integer\":  in body must be of"
            + " type string: \"integer\"",
        "{'type':'array','uniqueItems':true,'items':{'type':'string'}} > uniqueItems: Forbidden:"
            + " uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        "{'type':'object','properties':{'a':{'type':'string'}},'additionalProperties':{'type':'string'}}"
            + " > additionalProperties: Forbidden: additionalProperties and properties are mutual"
            + " exclusive",
        "{'type':'object','patternProperties':{}} > patternProperties: Forbidden: ",
        "{'type':'object','anyOf':[{'type':'object'}]} > anyOf[0].type: Forbidden: must be empty to"
            + " be structural",
        "{'type':'string','format':'isbn'} > format: Forbidden: format isbn is not checked",
        "{'type':'string','x-kubernetes-validations':[{'rule':'true','reason':'No'}]} >"
            + " x-kubernetes-validations[0].reason: Unsupported value: \"No\"",
        "{'type':'object','x-kubernetes-validations':[{'rule':'true','fieldPath':'.zzz'}]} >"
            + " x-kubernetes-validations[0].fieldPath: Invalid value: \".zzz\": must be a valid"
            + " path",
        "{'type':'object','x-kubernetes-validations':[{'rule':'true','messageExpression':'1'}]} >"
            + " x-kubernetes-validations[0].messageExpression: Invalid value: \"1\":"
            + " messageExpression must evaluate to a string",
        "{'type':'object','x-kubernetes-validations':[{'rule':''}]} >"
            + " x-kubernetes-validations[0].rule: Required value: rule is not specified",
      })
  void aDefinitionThatCannotBeKeptIsRefused(String line) throws Exception {
    String[] halves = line.split(" > ", 2);
    Answer refused = define(halves[0]);

    assertEquals(422, refused.code());
    assertTrue(
        refused
            .causes()
            .getFirst()
            .startsWith("spec.validation.openAPIV3Schema.properties[spec]." + halves[1]),
        refused.message());
  }

  @Test
  void aTransitionRuleWhereNothingTellsTheEntriesApartRefusesTheDefinition() throws Exception {
    Answer refused =
        define(
            """
            {'type':'array','items':{'type':'string',
             'x-kubernetes-validations':[{'rule':'self == oldSelf'}]}}\
            """);

    assertEquals(422, refused.code());
    assertTrue(refused.message().contains("uncorrelatable"), refused.message());
  }

  @Test
  void aKindWithoutDefinitionIsTakenAsItIs() throws Exception {
    Answer created =
        caller.post(
            "/api/v1/namespaces/default/configmaps?fieldValidation=Strict",
            "{'metadata':{'name':'a'},'whatever':1}");

    assertEquals(201, created.code());
    assertEquals(1, created.body().path("whatever").asInt());
  }
}
