// The grammar of Horizon. It reads what the token filter (compiler/parse/token_filter.cpp) lets through:
//   - NL stands only where it ends an item; the filter drops the others (README.md, "Newlines");
//   - every item is ended by NL or `;`: the filter adds an NL before a `}` and at the end of the file;
//   - brackets are balanced, and a `,` before a `)` or `]` is dropped.
// Expressions are flat: `expr` is a list of operands and operators, and compiler/parse/build_expr.cpp gives them their
// precedence (table in README.md). So almost every decision needs one token, and no context is made per level.
parser grammar HorizonParser;
options { tokenVocab = HorizonLexer; }

file : (NL | SEMI | statement)* EOF ;
statement : content=decl (NL | SEMI) ;

decl
  : aLanguage=languageDecl | aUse=useDecl | aHorizon=horizonDecl | aCurrency=currencyDecl | aUnit=unitDecl
  | aBasis=basisDecl | aDimension=dimensionDecl | aChange=changeDecl | aTable=tableDecl | aFn=fnDecl | aKind=kindDecl
  | aVariant=variantDecl | aTest=testDecl | anItem=item ;

languageDecl  : LANGUAGE version=NUMBER ;
useDecl       : USE module+=ID (DOT module+=ID)*
                (AS alias=ID | DOT LBRACE (NL | SEMI)* only+=ID (COMMA only+=ID)* (NL | SEMI)* RBRACE)? ;
horizonDecl   : HORIZON range=expr BY grain=ID ;
currencyDecl  : CURRENCY id=ID ;
unitDecl      : UNIT id=ID (EQ equals=quantity)? metas+=meta* ;
basisDecl     : BASIS id=ID metas+=meta* ;
dimensionDecl : DIMENSION id=ID (IN in=ID)? LBRACE (NL | SEMI)* (labels+=label (COMMA | NL | SEMI)+)* RBRACE metas+=meta* ;
label         : id=ID doc=STRING? (LBRACE (NL | SEMI)* (children+=label (COMMA | NL | SEMI)+)* RBRACE)? ;
changeDecl    : CHANGE id=ID ON date=DATE LBRACE (NL | SEMI)* (merges+=merge (NL | SEMI)+)* RBRACE metas+=meta* ;
merge         : result=ID EQ parts+=ID (PLUS parts+=ID)+ ;
tableDecl     : TABLE id=ID FROM csv=STRING (AS dialect=ID)? (KEY key+=name (COMMA key+=name)*)? columns=body metas+=meta* ;
fnDecl        : FN id=ID LPAREN (params+=param (COMMA params+=param)*)? RPAREN COLON result=typeRef EQ value=expr metas+=meta* ;
param         : id=name COLON type=typeRef (EQ value=expr)? ;
kindDecl      : KIND id=ID (IS parent=ID)? (IN in=ID maybe=QUESTION?)? doc=STRING? content=body ;
variantDecl   : VARIANT id=ID (EXTENDS parent=ID)? doc=STRING? content=body ;
testDecl      : TEST title=STRING content=body ;

body : LBRACE (NL | SEMI | items+=item (NL | SEMI))* RBRACE ;
item : aRequire=require | aFix=fix | anExpect=expect | aWithout=without | aThing=thing ;

require : REQUIRE condition=expr text=STRING? ;
fix     : FIX target=path (OF of=suffixed)? assign=(EQ | TILDE) value=expr ;
expect  : EXPECT always=ALWAYS? condition=expr (WITHIN within=expr)? ;
without : WITHOUT target=path ;
// A definition, `price : DKK per pack = 3 DKK per pack`, or a block, `medicine Stelara "doc" { ... }`. Which one it is
// shows only at a `{`, so both are one rule; the builder refuses a mixture.
thing
  : target=path
    ( block=ID doc=STRING? each=family? content=body
    | (OF of=suffixed)? (COLON type=typeRef)? (EACH labels+=name (COMMA labels+=name)*)?
      (assign=(EQ | TILDE) value=expr)? metas+=meta* each=family? content=body?
    ) ;
family   : FOR variable=ID IN set=expr ;
path     : first=name steps+=pathStep* ;
pathStep : DOT id=name | LBRACKET index=expr RBRACKET ;

meta
  : doc=STRING | SOURCE source=STRING | AS OF asOf=(DATE | NUMBER) | OWNER owner=STRING | NOTE note=STRING
  | confidential=CONFIDENTIAL (TO to=ID)? | FORMERLY formerly=path | LAYER layer=name ;

typeRef
  : (LBRACKET element=typeRef RBRACKET | one=ONE OF set=name | sign=SIGNED? amount=unit)
    (BY (by+=name | LPAREN by+=name (COMMA by+=name)* RPAREN))? maybe=QUESTION? (ARROW result=typeRef)? ;
unit     : numerator=unitAtom (PER denominators+=unitAtom)* ;
unitAtom : id=ID (LBRACKET basis=ID RBRACKET)? (CARET power=NUMBER)? ;

expr
  : IF condition=expr THEN thenValue=expr ELSE elseValue=expr
  | operands+=operand
    ( ops+=( WHERE | TO | INTERVAL | OR | AND | EQEQ | NE | LT | LE | GT | GE | IN | PLUS | MINUS | STAR | SLASH | CARET
           | AT | OF | GROWING | FROM | OTHERWISE )
      operands+=operand )*
    (ARROW result=expr)?  // after one name only: the builder looks
  ;
operand  : prefixes+=(MINUS | NOT | CHANCE | HAS)* value=suffixed ;
suffixed : base=primary suffixes+=suffix* ;
suffix
  : DOT member=name | call=LPAREN (args+=arg (COMMA args+=arg)*)? RPAREN | LBRACKET index=expr RBRACKET
  | DOTDOT upTo=primary ;
primary
  : amount=quantity | date=DATE | text=STRING | ALL kindName=ID | id=name
  | map=LBRACE (NL | SEMI)* (entries+=entry (COMMA | NL | SEMI)+)* RBRACE
  | list=LBRACKET (items+=expr (COMMA items+=expr)*)? RBRACKET
  | LPAREN inner=expr RPAREN ;
entry : otherwise=OTHERWISE COLON value=expr | from=FROM_KEY? key=expr COLON value=expr (SPLIT BY splitKey=expr)? ;
arg
  : otherwise=OTHERWISE COLON value=expr
  | from=FROM_KEY key=expr COLON value=expr
  | head=expr
    ( EQ value=expr | COLON keyed=expr | OVER (over+=name | LPAREN over+=name (COMMA over+=name)* RPAREN) | each=family )? ;
quantity : number=NUMBER percent=PERCENT? (atoms+=quantityAtom atoms+=quantityAtom?)? (PER denominators+=quantityAtom)* ;
// As unitAtom, but a rule of its own: after a number a `[` or `^ 2` could also go on with the expression; it is the unit's.
quantityAtom : id=ID (LBRACKET basis=ID RBRACKET)? (CARET power=NUMBER)? ;

name
  : ID | BY | FROM | OF | IN | OVER | AT | USE | UNIT | KEY | SOURCE | OWNER | NOTE | LAYER | CHANGE | ONE | CONFIDENTIAL
  | LANGUAGE | ON | EACH | SIGNED | SPLIT | FORMERLY ;
