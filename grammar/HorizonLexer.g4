// The words and signs of Horizon. Changing one: see README.md in this folder.
lexer grammar HorizonLexer;

// Never given by a rule here:
// FROM_KEY is a `from` that opens an entry, `from 2026-07-01: 2` (compiler/parse/token_filter.cpp).
// Read by compiler/parse/tokens.cpp, since this lexer learns letter by letter, each time the program starts, and would begin with all the world's:
// ID, a name: letters, marks, digits and `_`, a letter or `_` first, that is none of the words below; COMMENT: '//' ~[\r\n]*;
// STRING: '"' (~["\\\r\n] | '\\' ~[\r\n])* '"'.
tokens { FROM_KEY, ID, COMMENT, STRING }

// ---- reserved words: never a name ----
IF : 'if' ; THEN : 'then' ; ELSE : 'else' ; AND : 'and' ; OR : 'or' ; NOT : 'not' ; HAS : 'has' ; CHANCE : 'chance' ;
TO : 'to' ; INTERVAL : 'interval' ; WHERE : 'where' ; FOR : 'for' ; ALL : 'all' ; IS : 'is' ; FIX : 'fix' ;
EXPECT : 'expect' ; ALWAYS : 'always' ; REQUIRE : 'require' ; TEST : 'test' ; VARIANT : 'variant' ; KIND : 'kind' ;
TABLE : 'table' ; FN : 'fn' ; HORIZON : 'horizon' ; CURRENCY : 'currency' ; BASIS : 'basis' ; DIMENSION : 'dimension' ;
WITHIN : 'within' ; GROWING : 'growing' ; OTHERWISE : 'otherwise' ; EXTENDS : 'extends' ; WITHOUT : 'without' ;
PER : 'per' ; AS : 'as' ;

// ---- soft words: a name wherever a name may stand (rule `name` of the parser) ----
BY : 'by' ; FROM : 'from' ; OF : 'of' ; IN : 'in' ; OVER : 'over' ; AT : 'at' ; USE : 'use' ; UNIT : 'unit' ; KEY : 'key' ;
SOURCE : 'source' ; OWNER : 'owner' ; NOTE : 'note' ; LAYER : 'layer' ; CHANGE : 'change' ; ONE : 'one' ;
CONFIDENTIAL : 'confidential' ; LANGUAGE : 'language' ; ON : 'on' ; EACH : 'each' ; SIGNED : 'signed' ; SPLIT : 'split' ; FORMERLY : 'formerly' ;

// ---- signs ----
LPAREN : '(' ; RPAREN : ')' ; LBRACKET : '[' ; RBRACKET : ']' ; LBRACE : '{' ; RBRACE : '}' ;
COMMA : ',' ; SEMI : ';' ; COLON : ':' ; DOTDOT : '..' ; DOT : '.' ; QUESTION : '?' ; PERCENT : '%' ; TILDE : '~' ; ARROW : '->' ;
EQEQ : '==' ; NE : '!=' ; LE : '<=' ; GE : '>=' ; LT : '<' ; GT : '>' ; EQ : '=' ;
PLUS : '+' ; MINUS : '-' ; STAR : '*' ; SLASH : '/' ; CARET : '^' ;

// ---- literals and names ----
// By longest match `2030-12` is a date, always; whether the date exists is looked at later.
DATE : D4 '-' D2 ('-' D2)? | D4 '-Q' [0-9] ;
NUMBER : [0-9] [0-9_]* ('.' [0-9] [0-9_]*)? ([eE] [+-]? [0-9]+)? ;
fragment D4 : [0-9] [0-9] [0-9] [0-9] ;
fragment D2 : [0-9] [0-9] ;

NL : '\r'? '\n' | '\r' ;
WS : [ \t\f\u00A0\u2007\u202F\uFEFF]+ -> skip ;

// ---- what is wrong already here; the filter gives the message ----
UNCLOSED_STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '\\'? | '\'' ~['\u2018\u2019\r\n]* ;
CURLY_STRING
  : [\u201C\u201D\u201E\u201F\u00AB\u00BB] ~["\u201C\u201D\u201F\u00AB\u00BB\r\n]* ["\u201C\u201D\u201F\u00AB\u00BB]
  | ['\u2018\u2019] ~['\u2018\u2019\r\n]* ['\u2018\u2019] ;
BAD_CHAR : . ;
