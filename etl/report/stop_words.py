"""Words that stand in titles everywhere and say nothing of them, as `names.key` writes them.

Articles, prepositions, pronouns and auxiliaries of the languages that most titles are in, and how
parts are counted.
"""

_ENGLISH = """
a about above after again against all am an and any are as at be because been before being below
between both but by can cannot could did do does doing don down during each few for from further
get got had has have having he her here hers him himself his how if in into is it its itself just
ll let like me more most my myself no nor not now of off on once only or other our ours out over
own re s same she should so some such t than that the their theirs them themselves then there
these they this those through to too under until up upon us very was we were what when where which
while who whom why will with within without won would you your yours yourself ve d m
"""
_ROMANCE = """
al con como de del desde donde el ella en entre es esta este fue hasta la las lo los mas me mi mis
muy nos para pero por que quien se ser si sin sobre su sus te tu un una uno y ya au aux avec ce
ces cette chez dans des du elle est et il ils je le les leur leurs ma mes moi mon notre nous ou
par pas plus pour quand qui sa ses son sont sur ta tes ton toi une vos votre vous alla alle agli
ai anche che chi ci come con da dal dalla degli dei della delle dello di e gli i il io la le ma
mia mio nel nella non o per piu quando sei sono su sua suo ti tra tuo un una uno ao aos as com da
das do dos em eu meu minha na nao nas no nos os ou pela pelo quem seu sua um uma
"""
_GERMANIC = """
aber alle als am an auf aus bei bin bis das dein dem den der des die dich dir doch du durch ein
eine einem einen einer eines er es fur hat ich ihr im in ist kein keine man mein meine mich mir
mit nach nicht noch nur oder ohne sein seine sich sie sind so uber um und uns unter vom von vor
war was wenn wer wie wir wird zu zum zur av att och det den en ett for fra han har hon hun i ikke
inte jag jeg med mig min mitt og om pa sin som til till var vi aan dat de een het ik in is je met
mijn niet op te uit van voor wat we zijn
"""
_PARTS = """
part vol volume chapter episode season ii iii iv vi vii viii ix xi movie film dont cant im its
thats
"""

STOP_WORDS = frozenset(f"{_ENGLISH} {_ROMANCE} {_GERMANIC} {_PARTS}".split())
