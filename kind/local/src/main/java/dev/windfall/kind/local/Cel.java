package dev.windfall.kind.local;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.Map;
import java.util.Optional;

/**
 * Expressions of Kubernetes' dialect of CEL, for given variables. The first one costs some hundred
 * milliseconds, since the library is loaded then; nothing of it is touched before.
 */
final class Cel {
  /** What is wrong with an expression, or with the values that it met. */
  static final class CelException extends Exception {
    private static final long serialVersionUID = 1L;

    CelException(String message, Exception cause) {
      super(message, cause);
    }
  }

  /** An expression that can be evaluated. */
  interface Program {
    /**
     * Its value.
     *
     * @throws CelException when it has none, such as for a field that is not there
     */
    Object eval(Map<String, ?> variables) throws CelException;
  }

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .enableRegexPartialMatch(true)
          .enableHeterogeneousNumericComparisons(true)
          .comprehensionMaxIterations(1_000_000)
          .build();

  private static final CelRuntime RUNTIME =
      CelRuntimeFactory.plannerRuntimeBuilder()
          .setOptions(OPTIONS)
          .addLibraries(
              CelExtensions.strings(),
              CelExtensions.optional(),
              CelExtensions.sets(OPTIONS),
              CelExtensions.comprehensions())
          .addFunctionBindings(CelFunctions.BINDINGS)
          .build();

  private final CelCompiler compiler;

  private Cel(CelCompiler compiler) {
    this.compiler = compiler;
  }

  /**
   * A place for expressions.
   *
   * @param types the types of structures that the variables' types name
   */
  static Cel with(Map<String, CelType> variables, Map<String, CelType> types) {
    CelCompilerBuilder builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addLibraries(
                CelExtensions.strings(),
                CelExtensions.optional(),
                CelExtensions.sets(OPTIONS),
                CelExtensions.bindings(),
                CelExtensions.comprehensions())
            .addFunctionDeclarations(CelFunctions.DECLARATIONS);
    if (!types.isEmpty()) {
      builder.setTypeProvider(new Types(ImmutableMap.copyOf(types)));
    }
    variables.forEach(builder::addVar);
    return new Cel(builder.build());
  }

  /**
   * Compiles what must come to a boolean.
   *
   * @throws CelException when it cannot be compiled, or comes to something else
   */
  Program condition(String expression) throws CelException {
    return program(expression, SimpleType.BOOL, "cel expression must evaluate to a bool");
  }

  /** Compiles what must come to a string. */
  Program text(String expression) throws CelException {
    return program(expression, SimpleType.STRING, "messageExpression must evaluate to a string");
  }

  /** Compiles what may come to anything. */
  Program value(String expression) throws CelException {
    return program(expression, SimpleType.DYN, "");
  }

  private Program program(String expression, CelType type, String otherwise) throws CelException {
    try {
      CelAbstractSyntaxTree tree = compiler.compile(expression).getAst();
      CelType result = tree.getResultType();
      boolean any = type.equals(SimpleType.DYN) || result.equals(SimpleType.DYN);
      if (!any && !result.equals(type)) {
        throw new CelException(otherwise, new IllegalArgumentException(expression));
      }
      CelRuntime.Program program = RUNTIME.createProgram(tree);
      return variables -> {
        try {
          return program.eval(variables);
        } catch (CelEvaluationException e) {
          throw new CelException(String.valueOf(e.getMessage()), e);
        }
      };
    } catch (CelValidationException e) {
      throw new CelException("compilation failed: " + e.getMessage(), e);
    } catch (CelEvaluationException e) {
      throw new CelException("program instantiation failed: " + e.getMessage(), e);
    }
  }

  private record Types(ImmutableMap<String, CelType> byName) implements CelTypeProvider {
    @Override
    public ImmutableCollection<CelType> types() {
      return byName.values();
    }

    @Override
    public Optional<CelType> findType(String name) {
      return Optional.ofNullable(byName.get(name));
    }
  }
}
